/* Expect, up to the first line break, and the model's text. In both, `%r`
 * stands for a word, and so on. */
#define _GNU_SOURCE /* memmem */
#include "fuzz.h"
#include "model/prompt.h"
#include "probe/expectation.h"

#include <string.h>

const char *const fuzz_name = "expect";

/* --- placeholders -------------------------------------------------------- */

/* The caller frees it. */
static char *expand(const char *text, const struct prompt_values *values) {
  size_t length = prompt_expand(text, values, NULL);
  char *expanded = malloc(length + 1);
  FUZZ_CHECK(expanded != NULL);
  FUZZ_CHECK(prompt_expand(text, values, expanded) == length);
  FUZZ_CHECK(strlen(expanded) == length);
  return expanded;
}

/* Other values give a text of the same length, which differs if and only if
 * there is a word. */
static char *check_placeholders(const char *text) {
  static const struct prompt_values one = {"2026-01-31T23:59:59Z", "lamprose"},
                                    other = {"2026-01-31T23:59:59Z",
                                             "cakedoor"};
  char *expanded = expand(text, &one), *again = expand(text, &other);
  FUZZ_CHECK(strlen(expanded) == strlen(again));
  FUZZ_CHECK((strcmp(expanded, again) != 0) == prompt_has_word(text));
  free(again);
  return expanded;
}

/* --- the text ------------------------------------------------------------ */

static char *lower(const char *text, size_t length) {
  char *lowered = malloc(length + 1);
  FUZZ_CHECK(lowered != NULL);
  for (size_t i = 0; i < length; i++)
    lowered[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A')
                                                         : text[i]);
  lowered[length] = '\0';
  return lowered;
}

/* Where the text that was expected ends; SIZE_MAX: nowhere. */
static size_t end_of(const char *text, size_t length, const char *expected) {
  char *haystack = lower(text, length),
       *needle = lower(expected, strlen(expected));
  const char *at = memmem(haystack, length, needle, strlen(needle));
  size_t end = at != NULL ? (size_t)(at - haystack) + strlen(needle) : SIZE_MAX;
  free(haystack);
  free(needle);
  return end;
}

/* The piece is a whole allocation: a read beyond it is detected. */
static void feed(struct expectation *expectation, const char *text,
                 size_t length) {
  char *piece = malloc(length + 1);
  FUZZ_CHECK(piece != NULL);
  memcpy(piece + 1, text, length);
  expectation_feed(expectation, piece + 1, length);
  free(piece);
}

static void check_kept(const struct expectation *expectation, const char *text,
                       size_t fed) {
  FUZZ_CHECK(expectation->text_length ==
             (fed < EXPECTATION_TEXT_MAX ? fed : EXPECTATION_TEXT_MAX));
  FUZZ_CHECK(memcmp(expectation->text, text, expectation->text_length) == 0);
}

/* Met with the piece that has the end, neither before nor not at all. */
static void check_pieces(const char *expected, const char *text, size_t length,
                         size_t limit) {
  struct fuzz_random random;
  struct expectation expectation;
  size_t end = end_of(text, length, expected);
  fuzz_random_begin(&random, (const uint8_t *)text, length);
  expectation_open(&expectation, expected);
  for (size_t fed = 0; fed < length;) {
    size_t piece = fuzz_random_below(&random, limit + 1);
    piece = piece < length - fed ? piece : length - fed;
    feed(&expectation, text + fed, piece);
    fed += piece;
    FUZZ_CHECK(expectation_is_met(&expectation) == (end <= fed));
    if (end > fed)
      check_kept(&expectation, text, fed);
  }
}

static void check_text(const char *expected, const char *text, size_t length) {
  check_pieces(expected, text, length, 1);
  check_pieces(expected, text, length, 16);
  check_pieces(expected, text, length, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *end = memchr(data, '\n', size);
  size_t length = end != NULL ? (size_t)(end - data) : size;
  if (length == 0 || length > EXPECT_MAX || memchr(data, '\0', size) != NULL)
    return 0;
  char *expect = strndup((const char *)data, length);
  char *rest = strndup((const char *)data + length, size - length);
  FUZZ_CHECK(expect != NULL && rest != NULL);
  char *expected = check_placeholders(expect), *text = check_placeholders(rest);
  FUZZ_CHECK(strlen(expected) <= EXPECTATION_MAX);
  check_text(expected, text, strlen(text));
  check_text(expected, expected, strlen(expected));
  free(expect);
  free(rest);
  free(expected);
  free(text);
  return 0;
}
