#include "base/error.h"

#include "unit.h"

#include <string.h>

START_TEST(test_set_returns_false) {
  struct error error;
  ck_assert(!error_set(&error, "%s %d", "Timeout", 30));
  ck_assert_str_eq(error.text, "Timeout 30");
}
END_TEST

START_TEST(test_prepend) {
  struct error error;
  error_set(&error, "must not be empty");
  ck_assert(!error_prepend(&error, "%s: ", "APIKey"));
  ck_assert(!error_prepend(&error, "Relay \"%s\": ", "main"));
  ck_assert_str_eq(error.text, "Relay \"main\": APIKey: must not be empty");
}
END_TEST

static void fill(char *text, size_t length, char c) {
  memset(text, c, length);
  text[length] = '\0';
}

START_TEST(test_truncation) {
  struct error error;
  char text[2 * sizeof error.text];
  fill(text, sizeof text - 1, 'a');
  error_set(&error, "%s", text);
  ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
  error_prepend(&error, "%s: ", "key");
  ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
  ck_assert(strncmp(error.text, "key: aaa", 8) == 0);
}
END_TEST

/* All lengths of the prefix and of the text. */
START_TEST(test_prepend_to_any_length) {
  struct error error;
  char before[sizeof error.text + 2];
  for (size_t length = 0; length < sizeof before; length++) {
    fill(before, length, 'b');
    error_set(&error, "what");
    error_prepend(&error, "%s", before);
    size_t all = length + strlen("what");
    size_t max = sizeof error.text - 1;
    ck_assert_uint_eq(strlen(error.text), all < max ? all : max);
    ck_assert_uint_eq(strspn(error.text, "b"), length < max ? length : max);
  }
}
END_TEST

/* A configured name may contain a newline: the error is still one line. */
START_TEST(test_error_is_one_line) {
  struct error error;
  error_set(&error, "%s: unknown\tkey\x7F", "a\r\nb");
  ck_assert_str_eq(error.text, "a  b: unknown key ");
  error_prepend(&error, "Relay \"%s\": ", "one\ntwo");
  ck_assert_str_eq(error.text, "Relay \"one two\": a  b: unknown key ");
  error_set(&error, "%s", "过期");
  ck_assert_str_eq(error.text, "过期");
}
END_TEST

int main(void) {
  return UNIT_RUN("error", test_set_returns_false, test_prepend,
                  test_truncation, test_prepend_to_any_length,
                  test_error_is_one_line);
}
