#include "probe/expectation.h"

#include <assert.h>
#include <string.h>

/* Whatever the locale is. */
static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How many bytes match after `c`, if `matched` did before it: the algorithm of
 * Knuth, Morris and Pratt, which never looks back at the text. */
static size_t advance(const struct expectation *expectation, size_t matched,
                      char c) {
  while (matched > 0 && lower(expectation->expected[matched]) != lower(c))
    matched = expectation->border[matched - 1];
  return lower(expectation->expected[matched]) == lower(c) ? matched + 1
                                                           : matched;
}

void expectation_open(struct expectation *expectation, const char *expected) {
  expectation->text_length = expectation->matched = 0;
  expectation->found = false;
  expectation->expected = expected;
  if (expected == NULL)
    return;
  expectation->length = strlen(expected);
  assert(expectation->length > 0 && expectation->length <= EXPECTATION_MAX);
  expectation->border[0] = 0;
  for (size_t i = 1; i < expectation->length; i++)
    expectation->border[i] =
        (uint16_t)advance(expectation, expectation->border[i - 1], expected[i]);
}

static void keep(struct expectation *expectation, const char *text,
                 size_t length) {
  size_t room = sizeof expectation->text - expectation->text_length;
  size_t more = length < room ? length : room;
  memcpy(expectation->text + expectation->text_length, text, more);
  expectation->text_length += more;
}

void expectation_feed(struct expectation *expectation, const char *text,
                      size_t length) {
  if (expectation->expected == NULL || expectation->found)
    return;
  keep(expectation, text, length);
  for (size_t i = 0; i < length && !expectation->found; i++) {
    expectation->matched = advance(expectation, expectation->matched, text[i]);
    expectation->found = expectation->matched == expectation->length;
  }
}

bool expectation_is_met(const struct expectation *expectation) {
  return expectation->expected == NULL || expectation->found;
}
