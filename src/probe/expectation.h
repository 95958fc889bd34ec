/* Whether a model's text contains what it has to. The text comes in pieces and
 * is not kept, apart from its beginning. */
#ifndef HOLYSHEEP_EXPECTATION_H
#define HOLYSHEEP_EXPECTATION_H

#include "base/text.h"
#include "model/key.h"
#include "model/prompt.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  /* Each placeholder becomes a time at most. */
  EXPECTATION_MAX = EXPECT_MAX / 2 * PROMPT_TIME,
  /* What is shown, plus the longest key, so that a key is never truncated
   * before it is recognized. */
  EXPECTATION_TEXT_MAX = 160 + KEY_MAX,
};

struct expectation {
  /* These two are large, and only used if something is expected. */
  char text[EXPECTATION_TEXT_MAX];  /* the beginning */
  uint16_t border[EXPECTATION_MAX]; /* how many bytes to go on with where the
                                       next byte does not match */
  size_t text_length;
  const char *expected; /* NULL: any text will do */
  size_t length;
  size_t matched; /* how many bytes of it the text so far ends with */
  bool found;
};

/* `expected` may be NULL, is not empty, and must outlive the expectation. */
void expectation_open(struct expectation *expectation, const char *expected);

/* Reads the next piece of the text. Upper and lower case of ASCII's letters are
 * the same. */
void expectation_feed(struct expectation *expectation, const char *text,
                      size_t length);

bool expectation_is_met(const struct expectation *expectation);

#endif
