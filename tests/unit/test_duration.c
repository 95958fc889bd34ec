#include "base/duration.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* The buffer has exactly this length, without a terminator. */
static bool read_text(const char *text, double *seconds) {
  size_t length = strlen(text);
  char *copy = malloc(length + 1);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, text, length + 1);
  char *place = length > 0 ? realloc(copy, length) : copy;
  bool ok = duration_parse(place, length, seconds);
  free(place);
  return ok;
}

START_TEST(test_durations) {
  static const struct {
    const char *text;
    double seconds;
  } cases[] = {{"1s", 1},
               {"6m0s", 360},
               {"12ms", 0.012},
               {"1h2m3.5s", 3723.5},
               {"2d", 172800},
               {"1d2h3m4s5ms6us7ns", 93784.005006007},
               {"0s", 0},
               {"0", 0},
               {"-0", 0},
               {"59.759s", 59.759},
               {"0.25", 0.25},
               {"17", 17},
               {"1e2", 100},
               {"1.5h", 5400},
               {"90m", 5400},
               {"7200s", 7200},
               {"500us", 0.0005},
               {"1h1ms", 3600.001},
               {"31622400", 31622400},
               {"366d", 31622400}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    double seconds = -1;
    ck_assert_msg(read_text(cases[i].text, &seconds), "%s", cases[i].text);
    ck_assert_double_eq_tol(seconds, cases[i].seconds, 1e-9);
  }
}
END_TEST

/* The output is unchanged. */
START_TEST(test_invalid_durations) {
  static const char *const others[] = {"",
                                       "s",
                                       "m0s",
                                       "6m0",
                                       "6m 0s",
                                       " 6m",
                                       "6m ",
                                       "-1s",
                                       "-1",
                                       "+1s",
                                       "1S",
                                       "1H",
                                       "6s1m",
                                       "1s1s",
                                       "1ms1s",
                                       "1m1h",
                                       "1x",
                                       "1sec",
                                       "1smin",
                                       "1dh",
                                       "1.s",
                                       ".5s",
                                       "1..5s",
                                       "1.2.3s",
                                       "01s",
                                       "0x10",
                                       "1e400",
                                       "1e400s",
                                       "nan",
                                       "inf",
                                       "infinity",
                                       "1e2s",
                                       "31622401",
                                       "367d",
                                       "366d1ms",
                                       "9999999999h",
                                       "1,5s",
                                       "1s,",
                                       "Wed, 21 Oct 2026 07:28:00 GMT",
                                       "1735689600",
                                       "2027-01-31T00:00:00Z",
                                       "\xC2\xB5s",
                                       "1\xC2\xB5s",
                                       "never",
                                       "1h2m3.5s x"};
  for (size_t i = 0; i < COUNT_OF(others); i++) {
    double seconds = 5;
    ck_assert_msg(!read_text(others[i], &seconds), "%s", others[i]);
    ck_assert_double_eq(seconds, 5);
  }
}
END_TEST

START_TEST(test_nul_bytes) {
  double seconds = 5;
  ck_assert(!duration_parse("1s\0", 3, &seconds));
  ck_assert(!duration_parse("\0", 1, &seconds));
  ck_assert(!duration_parse("1\0s", 3, &seconds));
  ck_assert_double_eq(seconds, 5);
}
END_TEST

START_TEST(test_long_texts) {
  static char text[100000];
  double seconds = 5;
  memset(text, '1', sizeof text);
  ck_assert(!duration_parse(text, sizeof text, &seconds));
  memset(text, 's', sizeof text);
  ck_assert(!duration_parse(text, sizeof text, &seconds));
  memset(text, '.', sizeof text);
  ck_assert(!duration_parse(text, sizeof text, &seconds));
  ck_assert_double_eq(seconds, 5);
}
END_TEST

int main(void) {
  return UNIT_RUN("duration", test_durations, test_invalid_durations,
                  test_nul_bytes, test_long_texts);
}
