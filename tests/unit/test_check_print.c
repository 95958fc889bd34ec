/* The parts of holysheep-check that send no requests. */
#include "check/hints.h"
#include "check/print.h"
#include "check/scenarios.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *printed(unsigned column, unsigned indent, const char *text) {
  char *out = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&out, &size);
  ck_assert_ptr_nonnull(stream);
  print_text(stream, column, indent, text);
  fclose(stream);
  return out;
}

static void check_printed(unsigned column, unsigned indent, const char *text,
                          const char *wanted) {
  char *out = printed(column, indent, text);
  ck_assert_str_eq(out, wanted);
  free(out);
}

#define TEN "123456789 "
#define SEVENTY_AT_END TEN TEN TEN TEN TEN TEN "123456789"
#define SEVENTY SEVENTY_AT_END " "

START_TEST(test_lines_wrap_at_spaces) {
  check_printed(0, 4, "", "\n");
  check_printed(0, 4, "one  two", "one two\n");
  check_printed(0, 4, SEVENTY "1234567890", SEVENTY "1234567890\n");
  check_printed(0, 4, SEVENTY "1234567890 2", SEVENTY "1234567890\n    2\n");
  check_printed(8, 4, SEVENTY "123", SEVENTY_AT_END "\n    123\n");
}
END_TEST

/* A URL or a text without spaces continues on the next line. */
START_TEST(test_words_longer_than_a_line) {
  char word[101];
  memset(word, 'x', 100);
  word[100] = '\0';
  char *out = printed(0, 2, word);
  ck_assert_uint_eq(strcspn(out, "\n"), PRINT_COLUMNS);
  ck_assert_uint_eq(strlen(out), 100 + strlen("\n  \n"));
  free(out);
}
END_TEST

/* Chinese: three bytes and two columns each. */
START_TEST(test_wide_characters) {
  char text[3 * 50 + 1] = "";
  for (size_t i = 0; i < 50; i++)
    memcpy(text + 3 * i, "额", 3);
  text[sizeof text - 1] = '\0';
  char *out = printed(1, 2, text);
  ck_assert_uint_eq(strcspn(out, "\n"), 3 * 39); /* 1 + 78 columns */
  free(out);
}
END_TEST

static bool passes(size_t scenario, enum cause cause) {
  struct probe_result result = {.cause = cause};
  return scenario_passed(&scenarios[scenario], &result);
}

static size_t scenario_named(const char *name) {
  for (size_t i = 0; i < SCENARIO_COUNT; i++)
    if (strcmp(scenarios[i].name, name) == 0)
      return i;
  ck_abort_msg("%s", name);
}

/* Only a refusal for the right reason passes. */
START_TEST(test_which_causes_pass) {
  size_t request = scenario_named("normal request");
  size_t key = scenario_named("wrong key");
  size_t model = scenario_named("unknown model");
  for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
    ck_assert(passes(request, c) == (c == CAUSE_OK));
    ck_assert(passes(key, c) ==
              (c == CAUSE_KEY_REJECTED || c == CAUSE_KEY_EXPIRED ||
               c == CAUSE_FORBIDDEN));
    ck_assert(passes(model, c) ==
              (c == CAUSE_MODEL_NOT_FOUND || c == CAUSE_CLIENT_ERROR ||
               c == CAUSE_FORBIDDEN));
  }
}
END_TEST

/* Each failure says what it means and what to do. */
START_TEST(test_each_failure_has_advice) {
  for (size_t i = 0; i < SCENARIO_COUNT; i++)
    for (enum cause c = CAUSE_OK; c < CAUSE_COUNT; c++) {
      struct probe_result result = {.cause = c};
      if (scenario_passed(&scenarios[i], &result))
        continue;
      ck_assert_ptr_nonnull(scenario_meaning(&scenarios[i], &result));
      ck_assert_ptr_nonnull(scenario_advice(&scenarios[i], &result));
    }
}
END_TEST

START_TEST(test_hints_never_quote_the_key) {
  static const char *const odd[] = {"hs-1234567890abcdef", "YOUR_API_KEY",
                                    "NAME=sk-1234567890", "sk", ""};
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    static const struct key_source source = {.kind = KEY_FROM_CONFIG};
    struct key key = {.source = &source};
    const char *hints[HINTS_MAX];
    strcpy(key.value, odd[i]);
    ck_assert_uint_eq(hints_collect(&key, hints), 1);
    if (strlen(odd[i]) > 2)
      ck_assert_ptr_null(strstr(hints[0], odd[i]));
  }
}
END_TEST

int main(void) {
  return UNIT_RUN("check_print", test_lines_wrap_at_spaces,
                  test_words_longer_than_a_line, test_wide_characters,
                  test_which_causes_pass, test_each_failure_has_advice,
                  test_hints_never_quote_the_key);
}
