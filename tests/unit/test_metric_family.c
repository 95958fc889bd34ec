/* The table of families must match the documented metrics and the naming rules
 * of collectd and Prometheus. */
#include "state/metric_family.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

#define PROBE "endpoint,model"

static const struct documented {
  const char *name;
  enum metric_kind kind;
  const char *labels;
} documented[] = {
    {"holysheep_up", GAUGE, PROBE},
    {"holysheep_verdict", GAUGE, PROBE ",cause,fault"},
    {"holysheep_verdict_since_timestamp_seconds", GAUGE, PROBE},
    {"holysheep_probe_failing", GAUGE, PROBE},
    {"holysheep_incident", GAUGE, PROBE ",problem"},
    {"holysheep_incident_since_timestamp_seconds", GAUGE, PROBE},
    {"holysheep_network_lost_since_timestamp_seconds", GAUGE, ""},
    {"holysheep_consecutive_failures", GAUGE, PROBE},
    {"holysheep_last_success_timestamp_seconds", GAUGE, PROBE},
    {"holysheep_last_probe_timestamp_seconds", GAUGE, PROBE},
    {"holysheep_probe_interval_seconds", GAUGE, PROBE},
    {"holysheep_request_duration_seconds", GAUGE, PROBE},
    {"holysheep_requests_total", COUNTER, PROBE ",status"},
    {"holysheep_request_latency_seconds", HISTOGRAM, PROBE},
    {"holysheep_request_phase_seconds", GAUGE, PROBE ",phase"},
    {"holysheep_errors_total", COUNTER, "error_type"},
    {"holysheep_tokens_total", COUNTER, "model,type"},
    {"holysheep_prompt_tokens", GAUGE, PROBE},
    {"holysheep_plain_prompt_tokens", GAUGE, PROBE},
    {"holysheep_cached_prompt_tokens_total", COUNTER, PROBE},
    {"holysheep_reasoning_tokens_total", COUNTER, PROBE},
    {"holysheep_budget_remaining", GAUGE, ""},
    {"holysheep_budget_limit", GAUGE, ""},
    {"holysheep_budget_used", GAUGE, ""},
    {"holysheep_budget_unlimited", GAUGE, ""},
    {"holysheep_budget_timestamp_seconds", GAUGE, ""},
    {"holysheep_budget_spent_usd_total", GAUGE, ""},
    {"holysheep_key_expiry_timestamp_seconds", GAUGE, ""},
    {"holysheep_key_loaded_timestamp_seconds", GAUGE, ""},
    {"holysheep_tls_cert_expiry_timestamp_seconds", GAUGE, ""},
    {"holysheep_time_to_first_token_seconds", HISTOGRAM, "model"},
    {"holysheep_output_tokens_per_second", GAUGE, "model"},
    {"holysheep_stream_max_gap_seconds", GAUGE, "model"},
    {"holysheep_ratelimit_limit", GAUGE, "model,resource"},
    {"holysheep_ratelimit_remaining", GAUGE, "model,resource"},
    {"holysheep_ratelimit_reset_timestamp_seconds", GAUGE, "model,resource"},
    {"holysheep_retry_until_timestamp_seconds", GAUGE, PROBE},
    {"holysheep_models", GAUGE, ""},
    {"holysheep_model_available", GAUGE, "model"},
    {"holysheep_model_mismatch_total", COUNTER, "model"},
    {"holysheep_vendor_traces_total", COUNTER, PROBE ",vendor"},
    {"holysheep_cost_usd_total", GAUGE, "model"},
    {"holysheep_price_usd_per_million_tokens", GAUGE, "model,type"},
    {"holysheep_reference", GAUGE, ""},
    {"holysheep_probe_suppressed", GAUGE, PROBE ",reason"},
    {"holysheep_probes_skipped_total", COUNTER, "reason"},
    {"holysheep_probe_lateness_seconds", GAUGE, ""},
    {"holysheep_probes_in_flight", GAUGE, ""},
    {"holysheep_build_info", GAUGE, "version"},
};

static const struct documented *find(const char *name) {
  for (size_t i = 0; i < COUNT_OF(documented); i++)
    if (strcmp(documented[i].name, name) == 0)
      return &documented[i];
  return NULL;
}

START_TEST(test_public_names_are_unchanged) {
  ck_assert_uint_eq(COUNT_OF(documented), METRIC_COUNT);
  for (unsigned i = 0; i < METRIC_COUNT; i++) {
    const struct documented *row = find(metric_families[i].name);
    ck_assert_msg(row != NULL, "%s is not in the contract",
                  metric_families[i].name);
    ck_assert_int_eq(metric_families[i].kind, row->kind);
    ck_assert_str_eq(metric_families[i].labels, row->labels);
    ck_assert_uint_gt(strlen(metric_families[i].help), 5);
    for (unsigned other = 0; other < i; other++)
      ck_assert_str_ne(metric_families[i].name, metric_families[other].name);
  }
}
END_TEST

/* --- collectd's types ---------------------------------------------------- */

typedef void visit(enum metric_family family, enum metric_suffix suffix,
                   const char *type);

static void each_type(visit *call) {
  for (unsigned f = 0; f < METRIC_COUNT; f++)
    for (unsigned p = 0; p < metric_family_suffix_count((enum metric_family)f);
         p++) {
      char type[TYPE_NAME_MAX];
      metric_family_type_name((enum metric_family)f, (enum metric_suffix)p,
                              type);
      call((enum metric_family)f, (enum metric_suffix)p, type);
    }
}

static bool is_stock(const char *type) {
  static const char *const stock[] = {
      "requests",      "errors",        "latency",
      "bucket",        "count",         "total_requests",
      "http_requests", "response_time", "http_response_codes",
      "response_code", "duration"};
  for (size_t i = 0; i < COUNT_OF(stock); i++)
    if (strcmp(stock[i], type) == 0)
      return true;
  return false;
}

/* The last registration of a name wins for all plugins of the host. */
static void check_name(enum metric_family family, enum metric_suffix suffix,
                       const char *type) {
  (void)family;
  (void)suffix;
  ck_assert_uint_eq(strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                    strlen(type));
  ck_assert_uint_lt(strlen(type), TYPE_NAME_MAX - 1); /* not truncated */
  ck_assert(!is_stock(type));
  ck_assert_int_eq(strncmp(type, "holysheep_", strlen("holysheep_")), 0);
}

START_TEST(test_type_names) { each_type(check_name); }
END_TEST

static char seen[(size_t)METRIC_COUNT * SUFFIXES][TYPE_NAME_MAX];
static size_t seen_count;

static void check_new(enum metric_family family, enum metric_suffix suffix,
                      const char *type) {
  (void)family;
  (void)suffix;
  for (size_t i = 0; i < seen_count; i++)
    ck_assert_str_ne(seen[i], type);
  strcpy(seen[seen_count++], type);
}

START_TEST(test_types_differ) {
  each_type(check_new);
  ck_assert_uint_eq(seen_count, METRIC_COUNT + 2 * 2); /* two histograms */
}
END_TEST

/* write_prometheus adds `_total` to counters only. */
static void check_exposed(enum metric_family family, enum metric_suffix suffix,
                          const char *type) {
  static const char *const parts[] = {"_bucket", "_sum", "_count"};
  char raw[128], wanted[128];
  bool counts = metric_suffix_is_counter(family, suffix);
  snprintf(raw, sizeof raw, "%s%s", type, counts ? "_total" : "");
  const struct metric_family_row *row = &metric_families[family];
  if (row->kind == HISTOGRAM)
    snprintf(wanted, sizeof wanted, "%s%s%s", row->name, parts[suffix],
             suffix == SUFFIX_SUM ? "" : "_total");
  else
    snprintf(wanted, sizeof wanted, "%s", row->name);
  ck_assert_str_eq(raw, wanted);
}

START_TEST(test_exposed_names) { each_type(check_exposed); }
END_TEST

START_TEST(test_which_families_are_counters) {
  ck_assert_uint_eq(metric_family_suffix_count(METRIC_UP), 1);
  ck_assert_uint_eq(metric_family_suffix_count(METRIC_ERRORS), 1);
  ck_assert_uint_eq(metric_family_suffix_count(METRIC_LATENCY), 3);
  ck_assert(metric_suffix_is_counter(METRIC_ERRORS, SUFFIX_VALUE));
  ck_assert(!metric_suffix_is_counter(METRIC_UP, SUFFIX_VALUE));
  ck_assert(!metric_suffix_is_counter(METRIC_SPENT, SUFFIX_VALUE)); /* money */
  ck_assert(metric_suffix_is_counter(METRIC_LATENCY, SUFFIX_BUCKET));
  ck_assert(
      !metric_suffix_is_counter(METRIC_LATENCY, SUFFIX_SUM)); /* seconds */
  ck_assert(metric_suffix_is_counter(METRIC_LATENCY, SUFFIX_COUNT));
}
END_TEST

int main(void) {
  return UNIT_RUN("metric_family", test_public_names_are_unchanged,
                  test_type_names, test_types_differ, test_exposed_names,
                  test_which_families_are_counters);
}
