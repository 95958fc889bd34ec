#include "probe/expectation.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct expectation expectation;

static bool met(const char *expected, const char *text) {
  expectation_open(&expectation, expected);
  expectation_feed(&expectation, text, strlen(text));
  return expectation_is_met(&expectation);
}

START_TEST(test_texts) {
  static const struct {
    const char *expected, *text;
    bool met;
  } cases[] = {{"lamprose", "lamprose", true},
               {"lamprose", "Lamprose.", true},
               {"LampRose", "the word is **LAMPROSE**", true},
               {"lamprose", "lamp rose", false},
               {"lamprose", "lampros", false},
               {"lamprose", "", false},
               {"aab", "aaab", true},
               {"abab", "aababab", true},
               {"ababc", "abababc", true},
               {"Z", "z", true},
               {"[", "{", false}, /* they differ by the same bit as A and a */
               {"@", "`", false},
               {"\xc3\xa9t\xc3\xa9", "un \xc3\xa9T\xc3\xa9", true},
               {"\xc3\x89", "\xc3\xa9", false}, /* only ASCII has cases */
               {"a b", "a\nb", false},
               {NULL, "", true}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_msg(met(cases[i].expected, cases[i].text) == cases[i].met,
                  "case %zu", i);
}
END_TEST

/* --- pieces --------------------------------------------------------------- */

static bool contains(const char *text, const char *expected) {
  return strstr(text, expected) != NULL;
}

static bool met_in_pieces(const char *expected, const char *text, size_t first,
                          size_t second) {
  expectation_open(&expectation, expected);
  expectation_feed(&expectation, text, first);
  expectation_feed(&expectation, text + first, second - first);
  expectation_feed(&expectation, text + second, strlen(text) - second);
  return expectation_is_met(&expectation);
}

/* Each text of two letters, up to this length, in each split into three pieces,
 * some of which may be empty. */
enum { PATTERN_MAX = 5, TEXT_MAX = 9 };

static void spell(char *text, unsigned length, unsigned bits) {
  for (unsigned i = 0; i < length; i++)
    text[i] = (bits >> i & 1) != 0 ? 'b' : 'a';
  text[length] = '\0';
}

static void check_splits(const char *expected, const char *text) {
  size_t length = strlen(text);
  for (size_t second = 0; second <= length; second++)
    for (size_t first = 0; first <= second; first += length > 6 ? 2 : 1)
      UNIT_ASSERT(met_in_pieces(expected, text, first, second) ==
                  contains(text, expected));
}

START_TEST(test_every_split) {
  char expected[PATTERN_MAX + 1], text[TEXT_MAX + 1];
  for (unsigned size = 1; size <= PATTERN_MAX; size++)
    for (unsigned pattern = 0; pattern < 1u << size; pattern++)
      for (unsigned bits = 0; bits < 1u << TEXT_MAX; bits++) {
        spell(expected, size, pattern);
        spell(text, TEXT_MAX, bits);
        check_splits(expected, text);
      }
}
END_TEST

START_TEST(test_single_bytes) {
  const char *text = "Sure! The word is LampRose.";
  expectation_open(&expectation, "lamprose");
  for (const char *p = text; *p != '\0'; p++)
    expectation_feed(&expectation, p, 1);
  ck_assert(expectation_is_met(&expectation));
}
END_TEST

/* --- limits --------------------------------------------------------------- */

START_TEST(test_longest_possible) {
  static const struct prompt_values any;
  char expect[EXPECT_MAX + 1];
  for (size_t i = 0; i < EXPECT_MAX; i++)
    expect[i] = i % 2 == 0 ? '%' : 't';
  expect[EXPECT_MAX] = '\0';
  ck_assert_uint_eq(prompt_expand(expect, &any, NULL), EXPECTATION_MAX);
}
END_TEST

START_TEST(test_longest) {
  static char expected[EXPECTATION_MAX + 1];
  memset(expected, 'a', EXPECTATION_MAX);
  expected[EXPECTATION_MAX - 1] = 'b';
  expectation_open(&expectation, expected);
  for (unsigned i = 0; i < 100000; i++)
    expectation_feed(&expectation, "a", 1);
  ck_assert(!expectation_is_met(&expectation));
  expectation_feed(&expectation, "b", 1);
  ck_assert(expectation_is_met(&expectation));
}
END_TEST

START_TEST(test_only_the_beginning_is_kept) {
  expectation_open(&expectation, "x");
  for (unsigned i = 0; i < 100000; i++)
    expectation_feed(&expectation, "ab", 2);
  ck_assert_uint_eq(expectation.text_length, EXPECTATION_TEXT_MAX);
  ck_assert_int_eq(memcmp(expectation.text, "abab", 4), 0);
}
END_TEST

START_TEST(test_of_a_long_piece_too) {
  static char piece[2 * EXPECTATION_TEXT_MAX];
  memset(piece, 'a', sizeof piece);
  expectation_open(&expectation, "x");
  expectation_feed(&expectation, "b", 1);
  expectation_feed(&expectation, piece, sizeof piece);
  ck_assert_uint_eq(expectation.text_length, EXPECTATION_TEXT_MAX);
  ck_assert_int_eq(memcmp(expectation.text, "baaa", 4), 0);
}
END_TEST

START_TEST(test_opened_again) {
  ck_assert(met("a", "a"));
  ck_assert(!met("b", "a"));
  ck_assert_uint_eq(expectation.text_length, 1);
  ck_assert(met(NULL, "a"));
  ck_assert_uint_eq(expectation.text_length, 0);
}
END_TEST

int main(void) {
  return UNIT_RUN("expectation", test_texts, test_every_split,
                  test_single_bytes, test_longest_possible, test_longest,
                  test_only_the_beginning_is_kept, test_of_a_long_piece_too,
                  test_opened_again);
}
