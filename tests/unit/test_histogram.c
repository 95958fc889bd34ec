#include "state/histogram.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct unit_relay unit;

/* The bounds for these timeouts, as values of the label `le`. */
static const char *bounds_of(const unsigned *timeouts, size_t count) {
  static char text[512];
  static struct probe_settings probes[TIMEOUTS_MAX];
  unit_relay_init(&unit);
  for (size_t i = 0; i < count; i++)
    probes[i].timeout = timeouts[i] * (usec)USEC_PER_MSEC;
  unit.relay.probes = probes;
  unit.relay.probe_count = count;
  histogram_latency_bounds(&unit.bounds, &unit.settings);
  text[0] = '\0';
  for (size_t i = 0; i <= unit.bounds.count; i++) {
    strcat(text, unit.bounds.text[i]);
    strcat(text, " ");
  }
  return text;
}

/* --- limits --------------------------------------------------------------- */

START_TEST(test_bounds_of_default_timeouts) {
  static const unsigned timeouts[] = {10000, 10000, 30000};
  ck_assert_str_eq(bounds_of(timeouts, 3),
                   "0.05 0.1 0.25 0.5 1 2 3 5 7.5 10 15 20 30 +Inf ");
}
END_TEST

/* Up to the longest timeout, and each timeout. */
START_TEST(test_bounds_of_other_timeouts) {
  static const unsigned fast[] = {100}, odd[] = {4000, 12345},
                        slow[] = {600000, 60000, 30000};
  ck_assert_str_eq(bounds_of(fast, 1), "0.05 0.1 +Inf ");
  ck_assert_str_eq(bounds_of(odd, 2),
                   "0.05 0.1 0.25 0.5 1 2 3 4 5 7.5 10 12.345 +Inf ");
  ck_assert_str_eq(
      bounds_of(slow, 3),
      "0.05 0.1 0.25 0.5 1 2 3 5 7.5 10 15 20 30 60 120 600 +Inf ");
}
END_TEST

START_TEST(test_maximum_number_of_bounds) {
  unsigned timeouts[TIMEOUTS_MAX];
  for (unsigned i = 0; i < TIMEOUTS_MAX; i++)
    timeouts[i] = 599999 - 1001 * i;
  bounds_of(timeouts, TIMEOUTS_MAX);
  ck_assert_uint_eq(unit.bounds.count, BOUNDS_MAX);
  ck_assert_str_eq(unit.bounds.text[BOUNDS_MAX - 1], "599.999");
  ck_assert_str_eq(unit.bounds.text[BOUNDS_MAX], "+Inf");
}
END_TEST

START_TEST(test_bounds_ascend) {
  for (unsigned round = 0; round < 1000; round++) {
    unsigned timeouts[TIMEOUTS_MAX];
    for (unsigned i = 0; i < TIMEOUTS_MAX; i++)
      timeouts[i] = 100 + unit_random(600000 - 99);
    bounds_of(timeouts, 1 + unit_random(TIMEOUTS_MAX));
    for (size_t i = 1; i < unit.bounds.count; i++)
      UNIT_ASSERT(unit.bounds.le[i] > unit.bounds.le[i - 1]);
    for (size_t i = 0; i < unit.bounds.count; i++)
      UNIT_ASSERT(fabs(strtod(unit.bounds.text[i], NULL) - unit.bounds.le[i]) <
                  1e-9);
  }
}
END_TEST

/* Written out by hand. */
START_TEST(test_bounds_of_time_to_first_token) {
  const struct histogram_bounds *bounds = &histogram_first_token_bounds;
  ck_assert_uint_le(bounds->count, BOUNDS_MAX);
  for (size_t i = 0; i < bounds->count; i++) {
    char text[20];
    snprintf(text, sizeof text, "%.10g", bounds->le[i]);
    ck_assert_str_eq(bounds->text[i], text);
    ck_assert(i == 0 || bounds->le[i] > bounds->le[i - 1]);
  }
  ck_assert_str_eq(bounds->text[bounds->count], "+Inf");
}
END_TEST

/* --- counts -------------------------------------------------------------- */

START_TEST(test_values_are_put_into_buckets) {
  static const struct {
    double seconds;
    size_t bucket;
  } cases[] = {{0, 0},     {0.05, 0},   {0.0500001, 1}, {0.1, 1},
               {9.999, 9}, {10, 9},     {10.001, 10},   {30, 12},
               {31, 13},   {86400, 13}, {1e300, 13}};
  unit_relay_init(&unit);
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct histogram histogram = {.sum = 0};
    histogram_observe(&histogram, &unit.bounds, cases[i].seconds);
    for (size_t b = 0; b <= unit.bounds.count; b++)
      ck_assert_uint_eq(histogram_cumulative(&histogram, b),
                        b >= cases[i].bucket ? 1 : 0);
    ck_assert_double_eq(histogram.sum, cases[i].seconds);
  }
}
END_TEST

/* A timeout counts as exactly the timeout: in its bucket, not beyond it. */
START_TEST(test_each_timeout_has_its_own_bucket) {
  for (unsigned timeout_ms = 100; timeout_ms <= 600000; timeout_ms += 37) {
    struct histogram histogram = {.sum = 0};
    bounds_of(&timeout_ms, 1);
    histogram_observe(&histogram, &unit.bounds, timeout_ms / 1000.0);
    UNIT_ASSERT(histogram.bucket[unit.bounds.count - 1] == 1);
    UNIT_ASSERT(histogram.bucket[unit.bounds.count] == 0);
  }
}
END_TEST

START_TEST(test_buckets_are_cumulative) {
  struct histogram histogram = {.sum = 0};
  double sum = 0;
  unit_relay_init(&unit);
  for (uint64_t n = 1; n <= 2000; n++) {
    double seconds = unit_random(40000) / 1000.0;
    histogram_observe(&histogram, &unit.bounds, seconds);
    sum += seconds;
    for (size_t b = 1; b <= unit.bounds.count; b++)
      UNIT_ASSERT(histogram_cumulative(&histogram, b) >=
                  histogram_cumulative(&histogram, b - 1));
    UNIT_ASSERT(histogram_cumulative(&histogram, unit.bounds.count) == n);
  }
  ck_assert_double_eq_tol(histogram.sum, sum, 1e-6);
}
END_TEST

int main(void) {
  return UNIT_RUN("histogram", test_bounds_of_default_timeouts,
                  test_bounds_of_other_timeouts, test_maximum_number_of_bounds,
                  test_bounds_ascend, test_bounds_of_time_to_first_token,
                  test_values_are_put_into_buckets,
                  test_each_timeout_has_its_own_bucket,
                  test_buckets_are_cumulative);
}
