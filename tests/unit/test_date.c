#include "base/date.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* The buffer has exactly this length, without a terminator. */
static bool read_text(const char *text, bool assume_utc, double *seconds) {
  size_t length = strlen(text);
  char *copy = malloc(length + 1);
  ck_assert_ptr_nonnull(copy);
  memcpy(copy, text, length + 1);
  char *place = length > 0 ? realloc(copy, length) : copy;
  bool ok = date_parse(place, length, assume_utc, seconds);
  free(place);
  return ok;
}

static void check_date(const char *text, bool assume_utc, double wanted) {
  double seconds = -1;
  ck_assert_msg(read_text(text, assume_utc, &seconds), "%s", text);
  ck_assert_double_eq_tol(seconds, wanted, 1e-6);
}

START_TEST(test_dates) {
  static const struct {
    const char *text;
    double seconds;
  } cases[] = {{"1970-01-01T00:00:00Z", 0},
               {"2025-11-28T03:20:00Z", 1764300000},
               {"2025-11-28t03:20:00z", 1764300000},
               {"2025-11-28T03:20:00.125Z", 1764300000.125},
               {"2025-11-28T03:20:00.123456789Z", 1764300000.123456789},
               {"2025-11-28T11:20:00+08:00", 1764300000},
               {"2025-11-27T22:50:00.5-04:30", 1764300000.5},
               {"2025-11-28T03:20:00-00:00", 1764300000},
               {"2024-02-29T00:00:00Z", 1709164800},
               {"2000-02-29T00:00:00Z", 951782400},
               {"2016-12-31T23:59:60Z", 1483228800}, /* a leap second */
               {"2099-01-01T00:00:00Z", 4070908800},
               {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
               {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
               {"Sun Nov  6 08:49:37 1994", 784111777},
               {"Fri, 28 Nov 2025 03:20:00 GMT", 1764300000},
               {"Fri, 8 Nov 2024 00:00:00 GMT", 1731024000},
               {"Wednesday, 31-Dec-69 00:00:00 GMT", 3155673600}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    check_date(cases[i].text, false, cases[i].seconds);
    check_date(cases[i].text, true, cases[i].seconds);
  }
}
END_TEST

/* Only if the time zone is known. */
START_TEST(test_dates_without_time_zone) {
  static const char *const texts[] = {"2025-11-28", "2025-11-28T00:00:00",
                                      "2025-11-28T00:00:00.0"};
  double seconds = 5;
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    check_date(texts[i], true, 1764288000);
    ck_assert(!read_text(texts[i], false, &seconds));
    ck_assert_double_eq(seconds, 5);
  }
}
END_TEST

/* The output is unchanged. */
START_TEST(test_invalid_dates) {
  static const char *const others[] = {"",
                                       "T",
                                       "2025",
                                       "1764300000",
                                       "2025-11",
                                       "2025-11-2",
                                       "25-11-28",
                                       "2025-13-01",
                                       "2025-00-01",
                                       "2025-11-00",
                                       "2025-11-31",
                                       "2025-02-29",
                                       "2100-02-29",
                                       "2025-11-28T",
                                       "2025-11-28T03:20Z",
                                       "2025-11-28 03:20:00Z",
                                       "2025-11-28T24:00:00Z",
                                       "2025-11-28T03:60:00Z",
                                       "2025-11-28T03:20:61Z",
                                       "2025-11-28T03:20:00.Z",
                                       "2025-11-28T03:20:00,5Z",
                                       "2025-11-28T03:20:00+0800",
                                       "2025-11-28T03:20:00+08",
                                       "2025-11-28T03:20:00+24:00",
                                       "2025-11-28T03:20:00Zulu",
                                       "2025-11-28T03:20:00 Z",
                                       "+2025-11-28T03:20:00Z",
                                       " 2025-11-28",
                                       "2025-11-28 ",
                                       "28.11.2025",
                                       "11/28/2025",
                                       "Fri, 28 Nov 2025 03:20:00",
                                       "Fri, 28 Nov 2025 03:20:00 CET",
                                       "Fri, 28 Nov 2025 03:20:00 GMT+0100",
                                       "Fri, 28 November 2025 03:20:00 GMT",
                                       "Fri, 31 Nov 2025 03:20:00 GMT",
                                       "Fri, 28-Nov 2025 03:20:00 GMT",
                                       "Fri 28 Nov 2025 03:20:00 GMT",
                                       "Fri Nov 28 2025 03:20:00 GMT",
                                       "ven., 28 nov. 2025 03:20:00 GMT",
                                       "Sun Nov  6 08:49:37 94",
                                       "Sun,",
                                       "Sun Nov"};
  for (size_t i = 0; i < COUNT_OF(others); i++) {
    double seconds = 5;
    ck_assert_msg(!read_text(others[i], true, &seconds), "%s", others[i]);
    ck_assert_double_eq(seconds, 5);
  }
}
END_TEST

START_TEST(test_nul_bytes) {
  double seconds = 5;
  ck_assert(!date_parse("2025-11-28\0", 11, true, &seconds));
  ck_assert(!date_parse("\0", 1, true, &seconds));
  ck_assert_double_eq(seconds, 5);
}
END_TEST

int main(void) {
  return UNIT_RUN("date", test_dates, test_dates_without_time_zone,
                  test_invalid_dates, test_nul_bytes);
}
