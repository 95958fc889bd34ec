/* Normalizes text written by people and programs so that it can be searched for
 * words: lower case, one space between words, ` | ` between clauses. Names are
 * split: `APIKeyInvalid`, `api_key.invalid` and "API key: invalid" all become
 * ` api key invalid `. Chinese and Japanese have no spaces and stay as they
 * are. URLs are left out: the words in them say nothing. */
#ifndef HOLYSHEEP_WORDS_H
#define HOLYSHEEP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
  WORDS_INPUT_MAX = 2048,               /* bytes of a text that are read */
  WORDS_MAX = 3 * WORDS_INPUT_MAX + 16, /* bytes of the result, terminated */
};

/* `text` need not be valid UTF-8. `skip`, which may be NULL or empty, is
 * replaced by `*` wherever it occurs as a whole (a model's name may contain any
 * word); `*skipped` says whether it did. */
void words_normalize(char out[WORDS_MAX], const char *text, size_t length,
                     const char *skip, bool *skipped);

/* Whether the character at `text` is a word by itself, as in Chinese. */
bool words_is_ideograph(const char *text);

/* The size in bytes of the character at `text`, which must be the output of
 * words_normalize(). */
size_t words_character_size(const char *text);

#endif
