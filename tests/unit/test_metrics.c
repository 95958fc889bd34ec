#include "metrics.h"

#include "probe.h"
#include "unit.h"
#include "version.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 1000 };

static struct unit_relay unit;
static struct relay_state relay;

struct series {
  enum family family;
  enum part part;
  char labels[LABELS_MAX];
  double value;
};

static struct series series[SERIES_MAX];
static size_t series_count;

/* The labels' names, as the row of the family has them. */
static void check_labels(const struct metric *metric) {
  const struct family_row *row = &families[metric->family];
  const char *names = row->labels;
  char copy[LABELS_MAX];
  UNIT_ASSERT(strlen(metric->labels) < sizeof copy - 1);
  strcpy(copy, metric->labels);
  for (char *rest, *label = strtok_r(copy, ",", &rest); label != NULL;
       label = strtok_r(NULL, ",", &rest)) {
    size_t length = strcspn(label, "=");
    UNIT_ASSERT(label[length] == '=');
    if (strncmp(label, "le=", 3) == 0 && metric->part == PART_BUCKET &&
        row->kind == HISTOGRAM)
      continue;
    while (names != NULL && strncmp(names, label, length) != 0) {
      /* Only a model may be missing: not every probe has one. */
      UNIT_ASSERT(strncmp(names, "model", 5) == 0);
      names = strchr(names, ',') != NULL ? strchr(names, ',') + 1 : NULL;
    }
    if (names == NULL)
      ck_abort_msg("%s: %s", row->name, metric->labels);
    names += length;
    names += *names == ',';
  }
}

static void collect(void *user, const struct metric *metric) {
  UNIT_ASSERT(user == &series_count);
  UNIT_ASSERT(series_count < SERIES_MAX);
  struct series *to = &series[series_count++];
  bool counts = family_part_counts(metric->family, metric->part);
  to->family = metric->family;
  to->part = metric->part;
  to->value = counts ? (double)metric->value.counter : metric->value.gauge;
  UNIT_ASSERT(isfinite(to->value));
  UNIT_ASSERT(!counts || metric->value.counter >= 0);
  check_labels(metric);
  strcpy(to->labels, metric->labels);
}

static bool same(const struct series *a, const struct series *b) {
  return a->family == b->family && a->part == b->part &&
         strcmp(a->labels, b->labels) == 0;
}

/* Each series only once, at any time. */
static void walk(void) {
  series_count = 0;
  ck_assert_uint_eq(metrics_walk(&relay, collect, &series_count), series_count);
  for (size_t i = 0; i < series_count; i++)
    for (size_t j = 0; j < i; j++)
      if (same(&series[i], &series[j]))
        ck_abort_msg("%s %s twice", families[series[i].family].name,
                     series[i].labels);
}

static void setup(void) {
  unit_relay_init(&unit);
  unit.relay.key.loaded = 900;
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
}

static const struct series *find(enum family family, enum part part,
                                 const char *labels) {
  for (size_t i = 0; i < series_count; i++)
    if (series[i].family == family && series[i].part == part &&
        strcmp(series[i].labels, labels) == 0)
      return &series[i];
  return NULL;
}

static bool there(enum family family, const char *labels) {
  return find(family, PART_VALUE, labels) != NULL;
}

static double part_of(enum family family, enum part part, const char *labels) {
  const struct series *found = find(family, part, labels);
  ck_assert_msg(found != NULL, "%s %s", families[family].name, labels);
  return found->value;
}

static double value(enum family family, const char *labels) {
  return part_of(family, PART_VALUE, labels);
}

static size_t count_of(enum family family) {
  size_t count = 0;
  for (size_t i = 0; i < series_count; i++)
    count += series[i].family == family;
  return count;
}

static struct outcome an_outcome(enum cause cause, int status) {
  struct outcome outcome = {.cause = cause, .fault = causes[cause].fault};
  exchange_init(&outcome.exchange);
  outcome.exchange.attempted = true;
  outcome.exchange.http_status = status;
  outcome.exchange.duration = 0.25;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    outcome.exchange.phase[i] = 0.01 * (i + 1);
  return outcome;
}

static void record(size_t probe, struct outcome outcome, double now) {
  state_record(&relay, probe, &outcome, now);
}

static void make_healthy(void) {
  struct outcome outcome = an_outcome(CAUSE_OK, 200);
  outcome.exchange.certificate_expiry = 7000;
  record(UNIT_MODELS, outcome, 1001);
  outcome.has_balance = true;
  outcome.balance = 12.5;
  record(UNIT_BILLING, outcome, 1002);
  outcome.has_balance = false;
  outcome.has_usage = true;
  outcome.prompt_tokens = 8;
  outcome.completion_tokens = 2;
  record(UNIT_CHAT, outcome, 1003);
}

#define CHAT "endpoint=chat%2Fcompletions,model=openai%2Fgpt-4o-mini"

/* --- what is there when -------------------------------------------------- */

START_TEST(test_before_the_first_outcome) {
  setup();
  walk();
  ck_assert(!there(FAMILY_UP, "endpoint=models"));
  ck_assert(!there(FAMILY_LAST_PROBE, "endpoint=models"));
  ck_assert(!there(FAMILY_DURATION, "endpoint=models"));
  ck_assert(!there(FAMILY_BUDGET, ""));
  ck_assert(!there(FAMILY_CERTIFICATE_EXPIRY, ""));
  ck_assert(!there(FAMILY_KEY_EXPIRY, ""));
  ck_assert_uint_eq(count_of(FAMILY_PHASE), 0);
  ck_assert_double_eq(
      value(FAMILY_VERDICT, "endpoint=models,cause=pending,fault=none"), 1);
  ck_assert_double_eq(
      value(FAMILY_VERDICT, "endpoint=models,cause=ok,fault=none"), 0);
  ck_assert_double_eq(value(FAMILY_LAST_SUCCESS, CHAT), 0);
  ck_assert_double_eq(value(FAMILY_VERDICT_SINCE, CHAT), 1000);
  ck_assert_double_eq(value(FAMILY_BUDGET_TIME, ""), 0);
  ck_assert_double_eq(value(FAMILY_SPENT, ""), 0);
  ck_assert_double_eq(value(FAMILY_KEY_LOADED, ""), 900);
  state_free(&relay);
}
END_TEST

/* `increase()` misses the step from nothing to 1. */
START_TEST(test_counters_are_born_at_zero) {
  static const char *const born[] = {"200",
                                     "401",
                                     "402",
                                     "403",
                                     "404",
                                     "429",
                                     "500",
                                     "502",
                                     "503",
                                     "timeout",
                                     "connection_error"};
  setup();
  walk();
  for (size_t i = 0; i < COUNT_OF(born); i++) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "%s,status=%s", CHAT, born[i]);
    ck_assert_double_eq(value(FAMILY_REQUESTS, labels), 0);
  }
  ck_assert_uint_eq(count_of(FAMILY_REQUESTS), 3 * COUNT_OF(born));
  ck_assert_uint_eq(count_of(FAMILY_ERRORS), 18);
  ck_assert_double_eq(value(FAMILY_ERRORS, "error_type=Timeout"), 0);
  ck_assert_double_eq(
      value(FAMILY_TOKENS, "model=openai%2Fgpt-4o-mini,type=prompt"), 0);
  ck_assert_double_eq(
      value(FAMILY_TOKENS, "model=openai%2Fgpt-4o-mini,type=completion"), 0);
  ck_assert_double_eq(value(FAMILY_SKIPPED, "reason=late"), 0);
  ck_assert_uint_eq(count_of(FAMILY_LATENCY), 3 * (14 + 2));
  state_free(&relay);
}
END_TEST

START_TEST(test_a_healthy_relay) {
  setup();
  make_healthy();
  walk();
  ck_assert_double_eq(value(FAMILY_UP, "endpoint=models"), 1);
  ck_assert_double_eq(value(FAMILY_UP, CHAT), 1);
  ck_assert_double_eq(value(FAMILY_LAST_PROBE, CHAT), 1003);
  ck_assert_double_eq(value(FAMILY_DURATION, CHAT), 0.25);
  ck_assert_double_eq(value(FAMILY_INTERVAL, CHAT), 60);
  ck_assert_double_eq(value(FAMILY_PHASE, CHAT ",phase=dns"), 0.01);
  ck_assert_double_eq(value(FAMILY_PHASE, CHAT ",phase=transfer"), 0.05);
  ck_assert_double_eq(value(FAMILY_BUDGET, ""), 12.5);
  ck_assert_double_eq(value(FAMILY_BUDGET_TIME, ""), 1002);
  ck_assert_double_eq(value(FAMILY_CERTIFICATE_EXPIRY, ""), 7000);
  ck_assert_double_eq(
      value(FAMILY_TOKENS, "model=openai%2Fgpt-4o-mini,type=prompt"), 8);
  ck_assert_double_eq(value(FAMILY_BUILD, "version=" HOLYSHEEP_VERSION), 1);
  state_free(&relay);
}
END_TEST

/* What the documentation promises to those who count their series. */
START_TEST(test_how_many_series) {
  setup();
  make_healthy();
  unit.relay.key_expires = 5000;
  walk();
  ck_assert_uint_le(series_count, 170);
  size_t healthy = series_count;
  record(UNIT_MODELS, an_outcome(CAUSE_UPSTREAM, 502), 1010);
  walk();
  ck_assert_uint_eq(series_count, healthy + 1); /* the cause */
  record(UNIT_MODELS, an_outcome(CAUSE_CLIENT_ERROR, 418), 1020);
  walk();
  ck_assert_uint_eq(series_count, healthy + 3); /* and the status 4xx */
  state_free(&relay);
}
END_TEST

START_TEST(test_a_failure) {
  setup();
  make_healthy();
  struct outcome outcome = an_outcome(CAUSE_TIMEOUT, 0);
  outcome.exchange.broken = CAUSE_TIMEOUT;
  outcome.fault = FAULT_NETWORK;
  record(UNIT_MODELS, outcome, 1011);
  walk();
  ck_assert_double_eq(value(FAMILY_UP, "endpoint=models"), 0);
  ck_assert_double_eq(value(FAMILY_FAILURES, "endpoint=models"), 1);
  ck_assert_double_eq(value(FAMILY_VERDICT_SINCE, "endpoint=models"), 1011);
  ck_assert_double_eq(value(FAMILY_LAST_SUCCESS, "endpoint=models"), 1001);
  ck_assert_double_eq(
      value(FAMILY_VERDICT, "endpoint=models,cause=timeout,fault=network"), 1);
  ck_assert_double_eq(
      value(FAMILY_VERDICT, "endpoint=models,cause=ok,fault=none"), 0);
  ck_assert_double_eq(value(FAMILY_REQUESTS, "endpoint=models,status=timeout"),
                      1);
  ck_assert_double_eq(value(FAMILY_ERRORS, "error_type=Timeout"), 1);
  ck_assert_double_eq(value(FAMILY_DURATION, "endpoint=models"), 10);
  state_free(&relay);
}
END_TEST

/* Nothing was sent yet: there is no duration to tell. */
START_TEST(test_a_first_that_was_not_sent) {
  setup();
  struct outcome outcome;
  outcome_unsent(&outcome, CAUSE_KEY_UNREADABLE, "gone");
  record(UNIT_MODELS, outcome, 1010);
  walk();
  ck_assert_double_eq(value(FAMILY_UP, "endpoint=models"), 0);
  ck_assert(!there(FAMILY_DURATION, "endpoint=models"));
  state_free(&relay);
}
END_TEST

/* --- histograms ---------------------------------------------------------- */

START_TEST(test_a_histogram) {
  setup();
  make_healthy();
  record(UNIT_MODELS, an_outcome(CAUSE_OK, 200), 1010);
  walk();
  double before = 0;
  for (size_t i = 0; i <= unit.bounds.count; i++) {
    char labels[LABELS_MAX];
    snprintf(labels, sizeof labels, "endpoint=models,le=%s",
             unit.bounds.text[i]);
    double bucket = part_of(FAMILY_LATENCY, PART_BUCKET, labels);
    ck_assert_double_ge(bucket, before);
    before = bucket;
  }
  ck_assert_double_eq(
      part_of(FAMILY_LATENCY, PART_BUCKET, "endpoint=models,le=0.1"), 0);
  ck_assert_double_eq(
      part_of(FAMILY_LATENCY, PART_BUCKET, "endpoint=models,le=0.25"), 2);
  ck_assert_double_eq(
      part_of(FAMILY_LATENCY, PART_BUCKET, "endpoint=models,le=+Inf"), 2);
  ck_assert_double_eq(part_of(FAMILY_LATENCY, PART_COUNT, "endpoint=models"),
                      2);
  ck_assert_double_eq(part_of(FAMILY_LATENCY, PART_SUM, "endpoint=models"),
                      0.5);
  state_free(&relay);
}
END_TEST

/* --- who has what -------------------------------------------------------- */

START_TEST(test_without_billing) {
  setup();
  unit.relay.probe_count = 1; /* models only */
  walk();
  ck_assert_uint_eq(count_of(FAMILY_BUDGET_TIME), 0);
  ck_assert_uint_eq(count_of(FAMILY_SPENT), 0);
  ck_assert_uint_eq(count_of(FAMILY_TOKENS), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_the_relays_own) {
  setup();
  unit.relay.key_expires = 5000;
  relay.in_flight = 2;
  relay.skipped[REASON_LATE] = 3;
  relay.lateness = 0.125;
  walk();
  ck_assert_double_eq(value(FAMILY_KEY_EXPIRY, ""), 5000);
  ck_assert_double_eq(value(FAMILY_IN_FLIGHT, ""), 2);
  ck_assert_double_eq(value(FAMILY_SKIPPED, "reason=late"), 3);
  ck_assert_double_eq(value(FAMILY_LATENESS, ""), 0.125);
  state_free(&relay);
}
END_TEST

/* --- bounds -------------------------------------------------------------- */

/* The longest labels that there can be fit into collectd's 127 bytes: with a
 * model's of the greatest length, each cause, fault, status and phase. */
START_TEST(test_the_longest_labels) {
  setup();
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
  walk(); /* checks the lengths, and that what follows the model differs */
  ck_assert_uint_ge(count_of(FAMILY_VERDICT),
                    (size_t)CAUSE_COUNT * FAULT_COUNT);
  state_free(&relay);
}
END_TEST

START_TEST(test_figures_that_are_not_finite) {
  setup();
  make_healthy();
  walk();
  size_t all = series_count;
  relay.balance = INFINITY;
  relay.lateness = NAN;
  relay.probes[UNIT_MODELS].duration = -INFINITY;
  walk(); /* checks that none is left */
  ck_assert_uint_lt(series_count, all);
  ck_assert(!there(FAMILY_BUDGET, ""));
  ck_assert(!there(FAMILY_LATENESS, ""));
  state_free(&relay);
}
END_TEST

/* collectd's DERIVE has a sign. */
START_TEST(test_counters_stay_positive) {
  setup();
  relay.skipped[REASON_LATE] = UINT64_MAX;
  relay.probes[UNIT_CHAT].prompt_tokens = UINT64_C(1) << 63;
  walk();
  ck_assert_double_ge(value(FAMILY_SKIPPED, "reason=late"), 0);
  state_free(&relay);
}
END_TEST

/* --- whatever comes ------------------------------------------------------ */

static struct outcome random_outcome(void) {
  static const int odd[] = {0, 100, 200, 204, 301, 418, 429, 500, 502, 599};
  enum cause cause = (enum cause)unit_random(CAUSE_COUNT);
  if (cause == CAUSE_PENDING || cause == CAUSE_SUPPRESSED)
    cause = CAUSE_OK;
  struct outcome outcome = an_outcome(cause, odd[unit_random(COUNT_OF(odd))]);
  outcome.fault =
      cause == CAUSE_OK ? FAULT_NONE : (enum fault)(1 + unit_random(4));
  outcome.exchange.broken = unit_random(2) == 0 ? CAUSE_OK : cause;
  outcome.exchange.attempted = unit_random(8) != 0;
  outcome.exchange.duration = unit_random(40000) / 1000.0;
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    outcome.exchange.phase[i] = unit_random(3) == 0 ? -1 : 0.5;
  outcome.has_balance = unit_random(2) == 0;
  outcome.balance = (double)unit_random(2000) - 1000;
  outcome.has_usage = unit_random(2) == 0;
  outcome.prompt_tokens = unit_random(100);
  return outcome;
}

/* While a relay lives, no series goes, no counter falls, one verdict holds. */
static void check_against(const struct series *before, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct series *now =
        find(before[i].family, before[i].part, before[i].labels);
    if (now == NULL)
      ck_abort_msg("%s %s", families[before[i].family].name, before[i].labels);
    if (family_part_counts(now->family, now->part) ||
        now->family == FAMILY_SPENT)
      UNIT_ASSERT(now->value >= before[i].value);
  }
  double verdicts = 0;
  for (size_t i = 0; i < series_count; i++)
    if (series[i].family == FAMILY_VERDICT)
      verdicts += series[i].value;
  ck_assert_double_eq(verdicts, 3);
}

START_TEST(test_random_lives) {
  static struct series before[SERIES_MAX];
  setup();
  walk();
  for (unsigned round = 0; round < 300; round++) {
    size_t count = series_count;
    memcpy(before, series, sizeof before);
    record(unit_random(3), random_outcome(), 1000 + round);
    state_started(&relay, unit_random(3), unit_random(100) / 100.0);
    walk();
    check_against(before, count);
  }
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("metrics", test_before_the_first_outcome,
                  test_counters_are_born_at_zero, test_a_healthy_relay,
                  test_how_many_series, test_a_failure,
                  test_a_first_that_was_not_sent, test_a_histogram,
                  test_without_billing, test_the_relays_own,
                  test_the_longest_labels, test_figures_that_are_not_finite,
                  test_counters_stay_positive, test_random_lives);
}
