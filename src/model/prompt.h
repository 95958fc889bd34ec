/* What replaces the placeholders in a prompt, and in the text that its answer
 * has to contain: `%t` is the time, `%r` a random word, `%%` a percent sign. */
#ifndef HOLYSHEEP_PROMPT_H
#define HOLYSHEEP_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PROMPT_TIME = 20, /* bytes that replace a %t, */
  PROMPT_WORD = 8,  /* and a %r */
};

/* The values for one request; terminated. */
struct prompt_values {
  char time[PROMPT_TIME + 1]; /* RFC 3339 in UTC */
  char word[PROMPT_WORD + 1];
};

/* The values at `wall`, in Unix time. The word follows from that time and the
 * seed: another microsecond or another seed makes another one of 65536. */
void prompt_values_init(struct prompt_values *values, double wall,
                        uint64_t seed);

/* Writes the text, terminated, to `expanded`; if that is NULL, only measures
 * it. Returns its length, which does not depend on the values. */
size_t prompt_expand(const char *text, const struct prompt_values *values,
                     char *expanded);

/* Whether the text has a `%r`. */
bool prompt_has_word(const char *text);

#endif
