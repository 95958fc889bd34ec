#include "model/prompt.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* 2026-01-31T23:59:59Z */
static const double moment = 1769903999;

static const char *expand(const char *text,
                          const struct prompt_values *values) {
  static char expanded[512];
  size_t length = prompt_expand(text, values, NULL);
  UNIT_ASSERT(length < sizeof expanded);
  UNIT_ASSERT(prompt_expand(text, values, expanded) == length);
  UNIT_ASSERT(strlen(expanded) == length);
  return expanded;
}

START_TEST(test_placeholders) {
  struct prompt_values values = {"2026-01-31T23:59:59Z", "lamprose"};
  static const struct {
    const char *text, *expanded;
    bool has_word;
  } cases[] = {{"ping", "ping", false},
               {"", "", false},
               {"%r", "lamprose", true},
               {"Say %r, %r at %t.",
                "Say lamprose, lamprose at 2026-01-31T23:59:59Z.", true},
               {"100%%", "100%", false},
               {"%%r", "%r", false},
               {"%%%r", "%lamprose", true},
               {"%", "%", false},
               {"%x%", "%x%", false},
               {"%x%r", "%xlamprose", true},
               {"%R%T", "%R%T", false},
               {"% r", "% r", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ck_assert_str_eq(expand(cases[i].text, &values), cases[i].expanded);
    ck_assert_msg(prompt_has_word(cases[i].text) == cases[i].has_word, "%s",
                  cases[i].text);
  }
}
END_TEST

START_TEST(test_values) {
  struct prompt_values values;
  prompt_values_init(&values, moment, 0);
  ck_assert_str_eq(values.time, "2026-01-31T23:59:59Z");
  ck_assert_uint_eq(strlen(values.word), PROMPT_WORD);
}
END_TEST

START_TEST(test_same_time_and_seed_make_the_same_word) {
  struct prompt_values one, other;
  prompt_values_init(&one, moment, 7);
  prompt_values_init(&other, moment, 7);
  ck_assert_str_eq(one.word, other.word);
}
END_TEST

enum { WORDS = 4000 };

static int compare(const void *a, const void *b) { return strcmp(a, b); }

static unsigned distinct_words(double step, uint64_t seed_step) {
  static char words[WORDS][PROMPT_WORD + 1];
  unsigned distinct = 1;
  for (unsigned i = 0; i < WORDS; i++) {
    struct prompt_values values;
    prompt_values_init(&values, moment + step * i, seed_step * i);
    strcpy(words[i], values.word);
    UNIT_ASSERT(strspn(words[i], "abcdefghijklmnopqrstuvwxyz") == PROMPT_WORD);
  }
  qsort(words, WORDS, sizeof *words, compare);
  for (unsigned i = 1; i < WORDS; i++)
    distinct += strcmp(words[i - 1], words[i]) != 0;
  return distinct;
}

/* Of 65536 words, 4000 draws find 3881 on average. */
START_TEST(test_words_differ_by_time_and_by_seed) {
  ck_assert_uint_ge(distinct_words(60, 0), 3800);
  ck_assert_uint_ge(distinct_words(1e-5, 0), 3800);
  ck_assert_uint_ge(distinct_words(0, 1), 3800);
  ck_assert_uint_ge(distinct_words(0, 1000003), 3800);
}
END_TEST

int main(void) {
  return UNIT_RUN("prompt", test_placeholders, test_values,
                  test_same_time_and_seed_make_the_same_word,
                  test_words_differ_by_time_and_by_seed);
}
