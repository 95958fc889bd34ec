#include "base/clock.h"

#include "unit.h"

#include <math.h>

START_TEST(test_durations_are_rounded) {
  ck_assert_int_eq(usec_of(0), 0);
  ck_assert_int_eq(usec_of(0.1), 100000);
  ck_assert_int_eq(usec_of(12.345), 12345000);
  ck_assert_int_eq(usec_of(0.0000006), 1);
  /* collectd's time unit is 2^-30 s: this is a tenth of a second. */
  ck_assert_int_eq(usec_of(107374182 / 1073741824.0), 100000);
}
END_TEST

/* collectd accepts any number as an interval; the result must not overflow when
 * added to a time. */
START_TEST(test_no_duration_overflows) {
  static const double longest[] = {1e12, 1e13, 1e300, INFINITY};
  for (size_t i = 0; i < COUNT_OF(longest); i++) {
    ck_assert_int_eq(usec_of(longest[i]), 1000000000000 * USEC_PER_SEC);
    ck_assert_int_lt(usec_of(longest[i]), INT64_MAX / 4);
  }
}
END_TEST

START_TEST(test_conversion_round_trip) {
  for (unsigned ms = 100; ms <= 600000; ms += 37)
    UNIT_ASSERT(usec_of(seconds_of(ms * (usec)USEC_PER_MSEC)) ==
                ms * (usec)USEC_PER_MSEC);
  ck_assert_double_eq(seconds_of(12345000), 12.345);
}
END_TEST

int main(void) {
  return UNIT_RUN("clock", test_durations_are_rounded,
                  test_no_duration_overflows, test_conversion_round_trip);
}
