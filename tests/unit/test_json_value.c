#include "base/json_value.h"

#include "unit.h"

#include <string.h>

START_TEST(test_numbers) {
  static const struct {
    const char *text;
    double number;
  } good[] = {{"0", 0},         {"-0", 0},      {"12.34", 12.34},
              {"1e3", 1000},    {"1E+3", 1000}, {"-1.5e-3", -0.0015},
              {"1e308", 1e308}, {"0.1", 0.1},   {"1e-400", 0}};
  for (size_t i = 0; i < COUNT_OF(good); i++) {
    double number = 7;
    ck_assert_msg(
        json_parse_number(good[i].text, strlen(good[i].text), &number), "%s",
        good[i].text);
    ck_assert_double_eq(number, good[i].number);
  }
}
END_TEST

START_TEST(test_invalid_numbers) {
  static const char *const bad[] = {
      "",     " 1",    "1 ",       "01",  "1.",  ".5",  "+1",
      "0x10", "1e",    "1e+",      "nan", "inf", "NaN", "-",
      "-.5",  "1e400", "-1e999",   "1,5", "1_0", "$1",  "1.2.3",
      "--1",  "1e1.5", "Infinity", "十"};
  for (size_t i = 0; i < COUNT_OF(bad); i++) {
    double number = 7;
    ck_assert_msg(!json_parse_number(bad[i], strlen(bad[i]), &number), "%s",
                  bad[i]);
    ck_assert_double_eq(number, 7);
  }
  double number;
  ck_assert(!json_parse_number("1\0"
                               "2",
                               3, &number));
}
END_TEST

/* The text is not terminated: only its length counts. */
START_TEST(test_number_in_a_string) {
  double number;
  ck_assert(json_parse_number("123456", 3, &number));
  ck_assert_double_eq(number, 123);
  char long_one[80];
  memset(long_one, '1', sizeof long_one);
  ck_assert(json_parse_number(long_one, 63, &number));
  ck_assert(!json_parse_number(long_one, 64, &number));
}
END_TEST

START_TEST(test_word) {
  struct json_value value = {JSON_STRING, "completed!", 9};
  ck_assert(json_value_is(&value, "completed"));
  ck_assert(!json_value_is(&value, "complete"));
  ck_assert(!json_value_is(&value, "completed!"));
  ck_assert(!json_value_is(&value, "Completed"));
  value.type = JSON_NUMBER;
  ck_assert(!json_value_is(&value, "completed"));
}
END_TEST

START_TEST(test_affixes) {
  struct json_value value = {JSON_STRING, "completed!", 9};
  ck_assert(json_value_begins_with(&value, "comp"));
  ck_assert(json_value_begins_with(&value, ""));
  ck_assert(!json_value_begins_with(&value, "completed!"));
  ck_assert(json_value_ends_with(&value, "ted"));
  ck_assert(!json_value_ends_with(&value, "ted!"));
  value.type = JSON_NUMBER;
  ck_assert(!json_value_begins_with(&value, "comp"));
  ck_assert(!json_value_ends_with(&value, "ted"));
  value = (struct json_value){.type = JSON_NULL};
  ck_assert(!json_value_begins_with(&value, ""));
  ck_assert(!json_value_ends_with(&value, ""));
}
END_TEST

int main(void) {
  return UNIT_RUN("json_value", test_numbers, test_invalid_numbers,
                  test_number_in_a_string, test_word, test_affixes);
}
