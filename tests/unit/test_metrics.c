#include "metrics_fixture.h"

#include "base/version.h"
#include "model/status.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- when series exist ---------------------------------------------------- */

START_TEST(test_before_the_first_result) {
  series_setup();
  series_collect();
  ck_assert(!series_exists(METRIC_UP, "endpoint=models"));
  ck_assert(!series_exists(METRIC_LAST_PROBE, "endpoint=models"));
  ck_assert(!series_exists(METRIC_DURATION, "endpoint=models"));
  ck_assert(!series_exists(METRIC_BUDGET, ""));
  ck_assert(!series_exists(METRIC_CERTIFICATE_EXPIRY, ""));
  ck_assert(!series_exists(METRIC_KEY_EXPIRY, ""));
  ck_assert_uint_eq(series_count_of(METRIC_PHASE), 0);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT, "endpoint=models,cause=pending,fault=none"),
      1);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT, "endpoint=models,cause=ok,fault=none"), 0);
  ck_assert_double_eq(series_value(METRIC_LAST_SUCCESS, CHAT), 0);
  ck_assert_double_eq(series_value(METRIC_VERDICT_SINCE, CHAT), 1000);
  ck_assert_double_eq(series_value(METRIC_BUDGET_TIME, ""), 0);
  ck_assert_double_eq(series_value(METRIC_SPENT, ""), 0);
  ck_assert_double_eq(series_value(METRIC_KEY_LOADED, ""), 900);
  state_free(&relay);
}
END_TEST

/* `increase()` misses the step from no series to 1. */
START_TEST(test_counters_start_at_zero) {
  size_t initial = 0;
  series_setup();
  series_collect();
  for (unsigned i = 0; i < STATUS_COUNT; i++) {
    char labels[LABELS_MAX];
    if (!statuses[i].starts_at_zero)
      continue;
    snprintf(labels, sizeof labels, "%s,status=%s", CHAT, statuses[i].name);
    ck_assert_double_eq(series_value(METRIC_REQUESTS, labels), 0);
    initial++;
  }
  ck_assert_uint_eq(series_count_of(METRIC_REQUESTS), 3 * initial);
  ck_assert_uint_eq(series_count_of(METRIC_ERRORS), 20);
  ck_assert_double_eq(series_value(METRIC_ERRORS, "error_type=Timeout"), 0);
  ck_assert_double_eq(
      series_value(METRIC_TOKENS, "model=openai%2Fgpt-4o-mini,type=prompt"), 0);
  ck_assert_double_eq(
      series_value(METRIC_TOKENS, "model=openai%2Fgpt-4o-mini,type=completion"),
      0);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=late"), 0);
  ck_assert_uint_eq(series_count_of(METRIC_LATENCY), 3 * (14 + 2));
  state_free(&relay);
}
END_TEST

START_TEST(test_healthy_relay) {
  series_setup();
  series_make_healthy();
  series_collect();
  ck_assert_double_eq(series_value(METRIC_UP, "endpoint=models"), 1);
  ck_assert_double_eq(series_value(METRIC_UP, CHAT), 1);
  ck_assert_double_eq(series_value(METRIC_LAST_PROBE, CHAT), 1003);
  ck_assert_double_eq(series_value(METRIC_DURATION, CHAT), 0.25);
  ck_assert_double_eq(series_value(METRIC_INTERVAL, CHAT), 60);
  ck_assert_double_eq(series_value(METRIC_PHASE, CHAT ",phase=dns"), 0.01);
  ck_assert_double_eq(series_value(METRIC_PHASE, CHAT ",phase=transfer"), 0.05);
  ck_assert_double_eq(series_value(METRIC_BUDGET, ""), 12.5);
  ck_assert_double_eq(series_value(METRIC_BUDGET_TIME, ""), 1002);
  ck_assert_double_eq(series_value(METRIC_CERTIFICATE_EXPIRY, ""), 7000);
  ck_assert_double_eq(
      series_value(METRIC_TOKENS, "model=openai%2Fgpt-4o-mini,type=prompt"), 8);
  ck_assert_double_eq(series_value(METRIC_BUILD, "version=" HOLYSHEEP_VERSION),
                      1);
  state_free(&relay);
}
END_TEST

/* The number of series that the documentation promises. */
START_TEST(test_number_of_series) {
  series_setup();
  series_make_healthy();
  unit.relay.key_expires = 5000;
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_models = true;
  series_record(UNIT_MODELS, result, 1004);
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    result.http.ratelimit[i] = series_ratelimit(999);
  series_record(UNIT_CHAT, result, 1004);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_RATELIMIT_RESET), 2);
  ck_assert_uint_le(series_count, 180);
  size_t healthy = series_count;
  series_record(UNIT_MODELS, series_result(CAUSE_UPSTREAM, 502), 1010);
  series_collect();
  ck_assert_uint_eq(series_count, healthy + 1); /* the cause */
  series_record(UNIT_MODELS, series_result(CAUSE_CLIENT_ERROR, 418), 1020);
  series_collect();
  ck_assert_uint_eq(series_count, healthy + 3); /* and the status 4xx */
  state_free(&relay);
}
END_TEST

/* When a verdict appears, its figures are already there. */
START_TEST(test_verdict_follows_its_figures) {
  series_setup();
  series_make_healthy();
  series_collect();
  const struct series *verdict =
      series_find(METRIC_VERDICT, SUFFIX_VALUE, CHAT ",cause=ok,fault=none");
  for (const struct series *s = verdict; s < series_all + series_count; s++) {
    UNIT_ASSERT(s->family == METRIC_VERDICT ||
                strstr(s->labels, MODEL) == NULL);
    UNIT_ASSERT(s->family != METRIC_ERRORS && s->family != METRIC_BUDGET);
  }
  state_free(&relay);
}
END_TEST

static void record_incident(size_t probe, enum problem problem, double now) {
  const struct incident_result result = {
      .problem = problem,
      .fault = problem == PROBLEM_NONE ? FAULT_NONE : FAULT_RELAY,
      .started = usec_of(now)};
  relay_incidents_record(&relay.incidents, probe, &result,
                         (struct moment){usec_of(now), now});
}

START_TEST(test_incident) {
  series_setup();
  series_collect();
  ck_assert(!series_exists(METRIC_PROBE_FAILING, CHAT));
  ck_assert_double_eq(series_value(METRIC_INCIDENT_SINCE, CHAT), 0);
  ck_assert_double_eq(series_value(METRIC_NETWORK_LOST, ""), 0);
  for (size_t i = 0; i < 3; i++)
    record_incident(i, PROBLEM_NONE, 1000);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PROBE_FAILING, CHAT), 0);
  ck_assert_uint_eq(series_count_of(METRIC_INCIDENT), 0);
  record_incident(UNIT_CHAT, PROBLEM_QUOTA, 1010);
  record_incident(UNIT_MODELS, PROBLEM_NONE, 1011);
  record_incident(UNIT_BILLING, PROBLEM_NONE, 1011);
  record_incident(UNIT_CHAT, PROBLEM_QUOTA, 1016);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PROBE_FAILING, CHAT), 1);
  ck_assert_double_eq(series_value(METRIC_PROBE_FAILING, "endpoint=models"), 0);
  ck_assert_double_eq(series_value(METRIC_INCIDENT, CHAT ",problem=quota"), 1);
  ck_assert_double_eq(series_value(METRIC_INCIDENT_SINCE, CHAT), 1010);
  record_incident(UNIT_CHAT, PROBLEM_NONE, 1100);
  relay_incidents_tick(&relay.incidents, usec_of(1160));
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PROBE_FAILING, CHAT), 0);
  ck_assert_double_eq(series_value(METRIC_INCIDENT, CHAT ",problem=quota"), 0);
  ck_assert_double_eq(series_value(METRIC_INCIDENT_SINCE, CHAT), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_lost_network) {
  series_setup();
  struct network_watch network = {.relays = 2};
  relay.incidents.network = &network;
  record_incident(UNIT_CHAT, PROBLEM_NONE, 1000);
  network.state = NETWORK_LOST;
  network.since.wall = 1234;
  series_collect();
  ck_assert_double_eq(series_value(METRIC_NETWORK_LOST, ""), 1234);
  ck_assert(!series_exists(METRIC_PROBE_FAILING, CHAT));
  state_free(&relay);
}
END_TEST

START_TEST(test_failure) {
  series_setup();
  series_make_healthy();
  struct probe_result result = series_result(CAUSE_TIMEOUT, 0);
  result.http.transport_error = CAUSE_TIMEOUT;
  result.fault = FAULT_NETWORK;
  series_record(UNIT_MODELS, result, 1011);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_UP, "endpoint=models"), 0);
  ck_assert_double_eq(series_value(METRIC_FAILURES, "endpoint=models"), 1);
  ck_assert_double_eq(series_value(METRIC_VERDICT_SINCE, "endpoint=models"),
                      1011);
  ck_assert_double_eq(series_value(METRIC_LAST_SUCCESS, "endpoint=models"),
                      1001);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT,
                   "endpoint=models,cause=timeout,fault=network"),
      1);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT, "endpoint=models,cause=ok,fault=none"), 0);
  ck_assert_double_eq(
      series_value(METRIC_REQUESTS, "endpoint=models,status=timeout"), 1);
  ck_assert_double_eq(series_value(METRIC_ERRORS, "error_type=Timeout"), 1);
  ck_assert_double_eq(series_value(METRIC_DURATION, "endpoint=models"), 10);
  state_free(&relay);
}
END_TEST

/* Nothing was sent yet, so there is no duration. */
START_TEST(test_first_request_not_sent) {
  series_setup();
  struct probe_result result;
  probe_result_unsent(&result, CAUSE_KEY_UNREADABLE, "gone");
  series_record(UNIT_MODELS, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_UP, "endpoint=models"), 0);
  ck_assert(!series_exists(METRIC_DURATION, "endpoint=models"));
  state_free(&relay);
}
END_TEST

/* --- histograms ---------------------------------------------------------- */

START_TEST(test_histogram) {
  series_setup();
  series_make_healthy();
  series_record(UNIT_MODELS, series_result(CAUSE_OK, 200), 1010);
  series_collect();
  double before = 0;
  for (size_t i = 0; i <= unit.bounds.count; i++) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "endpoint=models,le=%s",
             unit.bounds.text[i]);
    double bucket = series_suffix(METRIC_LATENCY, SUFFIX_BUCKET, labels);
    ck_assert_double_ge(bucket, before);
    before = bucket;
  }
  ck_assert_double_eq(
      series_suffix(METRIC_LATENCY, SUFFIX_BUCKET, "endpoint=models,le=0.1"),
      0);
  ck_assert_double_eq(
      series_suffix(METRIC_LATENCY, SUFFIX_BUCKET, "endpoint=models,le=0.25"),
      2);
  ck_assert_double_eq(
      series_suffix(METRIC_LATENCY, SUFFIX_BUCKET, "endpoint=models,le=+Inf"),
      2);
  ck_assert_double_eq(
      series_suffix(METRIC_LATENCY, SUFFIX_COUNT, "endpoint=models"), 2);
  ck_assert_double_eq(
      series_suffix(METRIC_LATENCY, SUFFIX_SUM, "endpoint=models"), 0.5);
  state_free(&relay);
}
END_TEST

/* --- which probes have which series --------------------------------------- */

/* The page's value for a bucket of the models probe's latency. */
static double page_bucket(const double *page, const char *le) {
  char labels[LABELS_MAX];
  snprintf(labels, sizeof labels, "endpoint=models,le=%s", le);
  const struct series *found =
      series_find(METRIC_LATENCY, SUFFIX_BUCKET, labels);
  UNIT_ASSERT(found != NULL);
  return page[found - series_all];
}

static void check_page(const double *page) {
  const struct series *count =
      series_find(METRIC_LATENCY, SUFFIX_COUNT, "endpoint=models");
  double before = 0;
  for (size_t i = 0; i <= unit.bounds.count; i++) {
    double bucket = page_bucket(page, unit.bounds.text[i]);
    UNIT_ASSERT(bucket >= before);
    before = bucket;
  }
  UNIT_ASSERT(before <= page[count - series_all]);
}

/* A scrape may happen at any point while series are dispatched one by one. */
START_TEST(test_scrape_within_a_histogram) {
  static double page[SERIES_MAX];
  series_setup();
  series_make_healthy();
  series_collect();
  for (size_t i = 0; i < series_count; i++)
    page[i] = series_all[i].value;
  series_record(UNIT_MODELS, series_result(CAUSE_OK, 200), 1010);
  series_collect();
  for (size_t i = 0; i < series_count; i++) {
    page[i] = series_all[i].value;
    check_page(page);
  }
  state_free(&relay);
}
END_TEST

START_TEST(test_without_billing) {
  series_setup();
  unit.relay.probe_count = 1; /* models only */
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_BUDGET_TIME), 0);
  ck_assert_uint_eq(series_count_of(METRIC_SPENT), 0);
  ck_assert_uint_eq(series_count_of(METRIC_TOKENS), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_series_of_the_relay) {
  series_setup();
  unit.relay.key_expires = 5000;
  relay.in_flight = 2;
  relay.skipped[REASON_LATE] = 3;
  relay.lateness = 0.125;
  series_collect();
  ck_assert_double_eq(series_value(METRIC_KEY_EXPIRY, ""), 5000);
  ck_assert_double_eq(series_value(METRIC_IN_FLIGHT, ""), 2);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=late"), 3);
  ck_assert_double_eq(series_value(METRIC_LATENESS, ""), 0.125);
  state_free(&relay);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

/* The longest possible labels fit into collectd's 127 bytes: the longest model
 * label with each cause, fault, status and phase. */
START_TEST(test_longest_labels) {
  series_setup();
  state_free(&relay);
  char *model = unit.probes[UNIT_CHAT].model_label;
  memset(model, 'm', LABEL_MAX - 1);
  model[LABEL_MAX - 1] = '\0';
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
  struct probe_state *chat = &relay.probes[UNIT_CHAT];
  memset(chat->seen, true, sizeof chat->seen);
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    chat->requests[i] = 1;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    chat->phase[i] = 1;
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    chat->ratelimit[i].has_limit = chat->ratelimit[i].has_remaining = true;
    chat->ratelimit[i].reset = 1;
  }
  unit.probes[UNIT_CHAT].stream = true;
  unit.probes[UNIT_CHAT].prompt_price = 1;
  unit.probes[UNIT_CHAT].completion_price = 1;
  unit.probes[UNIT_CHAT].max_cost_per_day = 1;
  unit.relay.max_requests = 1;
  series_collect(); /* checks lengths and uniqueness */
  ck_assert_uint_ge(series_count_of(METRIC_VERDICT),
                    (size_t)CAUSE_COUNT * FAULT_COUNT);
  state_free(&relay);
}
END_TEST

START_TEST(test_non_finite_values) {
  series_setup();
  series_make_healthy();
  series_collect();
  size_t all = series_count;
  relay.balance = INFINITY;
  relay.lateness = NAN;
  relay.probes[UNIT_MODELS].duration = -INFINITY;
  series_collect(); /* checks that none is missing */
  ck_assert_uint_lt(series_count, all);
  ck_assert(!series_exists(METRIC_BUDGET, ""));
  ck_assert(!series_exists(METRIC_LATENESS, ""));
  state_free(&relay);
}
END_TEST

/* collectd's DERIVE is signed. */
START_TEST(test_large_counters_stay_positive) {
  series_setup();
  relay.skipped[REASON_LATE] = UINT64_MAX;
  relay.probes[UNIT_CHAT].prompt_tokens = UINT64_C(1) << 63;
  series_collect();
  ck_assert_double_ge(series_value(METRIC_SKIPPED, "reason=late"), 0);
  state_free(&relay);
}
END_TEST

/* --- random input --------------------------------------------------------- */

static struct probe_result random_result(void) {
  static const int odd[] = {0, 100, 200, 204, 301, 418, 429, 500, 502, 599};
  enum cause cause = (enum cause)unit_random(CAUSE_COUNT);
  if (cause == CAUSE_PENDING || cause == CAUSE_SUPPRESSED)
    cause = CAUSE_OK;
  struct probe_result result =
      series_result(cause, odd[unit_random(COUNT_OF(odd))]);
  result.fault =
      cause == CAUSE_OK ? FAULT_NONE : (enum fault)(1 + unit_random(4));
  result.http.transport_error = unit_random(2) == 0 ? CAUSE_OK : cause;
  result.http.attempted = unit_random(8) != 0;
  result.http.duration = unit_random(40000) / 1000.0;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    result.http.phase[i] = unit_random(3) == 0 ? -1 : 0.5;
  result.has_balance = unit_random(2) == 0;
  result.balance = (double)unit_random(2000) - 1000;
  result.has_usage = unit_random(2) == 0;
  result.prompt_tokens = unit_random(100);
  result.has_stream = unit_random(2) == 0;
  result.first_token = unit_random(40000) / 1000.0;
  result.tokens_per_second = unit_random(100);
  result.model_mismatch = unit_random(4) == 0;
  result.vendors = unit_random(VENDOR_BIT(VENDORS));
  result.has_limit = unit_random(2) == 0;
  result.has_unlimited = unit_random(2) == 0;
  result.has_models = unit_random(2) == 0;
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    if (unit_random(2) == 0)
      result.http.ratelimit[i] = series_ratelimit(unit_random(1000));
  return result;
}

/* Series never disappear, counters never decrease, exactly one verdict is 1.
 * Only holysheep_up is absent while a probe is suppressed. */
static void check_against(const struct series *before, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct series *now =
        series_find(before[i].family, before[i].suffix, before[i].labels);
    UNIT_ASSERT(now != NULL || before[i].family == METRIC_UP);
    if (now == NULL)
      continue;
    if (metric_suffix_is_counter(now->family, now->suffix) ||
        now->family == METRIC_SPENT || now->family == METRIC_COST)
      UNIT_ASSERT(now->value >= before[i].value);
  }
  double verdicts = 0;
  for (size_t i = 0; i < series_count; i++)
    if (series_all[i].family == METRIC_VERDICT)
      verdicts += series_all[i].value;
  ck_assert_double_eq(verdicts, 3);
}

START_TEST(test_random_results) {
  static struct series before[SERIES_MAX];
  series_setup();
  unit.probes[UNIT_CHAT].stream = true;
  unit.probes[UNIT_CHAT].prompt_price = 0.15;
  unit.probes[UNIT_CHAT].completion_price = 0.6;
  unit.relay.max_requests = 10;
  series_collect();
  for (unsigned round = 0; round < 300; round++) {
    size_t count = series_count;
    memcpy(before, series_all, sizeof before);
    series_record(unit_random(3), random_result(), 1000 + round);
    if (unit_random(4) == 0)
      state_suppress(&relay, unit_random(3), REASON_RATE_LIMIT, 1000 + round);
    if (unit_random(4) == 0)
      state_set_retry_after(&relay, unit_random(3), 1010 + round);
    state_record_start(&relay, unit_random(3), unit_random(100) / 100.0);
    series_collect();
    check_against(before, count);
  }
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "metrics", test_before_the_first_result, test_counters_start_at_zero,
      test_healthy_relay, test_number_of_series,
      test_verdict_follows_its_figures, test_incident, test_lost_network,
      test_failure, test_first_request_not_sent, test_histogram,
      test_scrape_within_a_histogram, test_without_billing,
      test_series_of_the_relay, test_longest_labels, test_non_finite_values,
      test_large_counters_stay_positive, test_random_results);
}
