/* Text by people and programs, brought into one form in which words can be
 * searched: lower case, one space between words, ` | ` between clauses. Names
 * are split: `APIKeyInvalid`, `api_key.invalid` and "API key: invalid" all
 * become ` api key invalid `. Chinese and Japanese stay as they are, without
 * spaces. Addresses (URLs) are left out: what stands in them is not said. */
#ifndef HOLYSHEEP_WORDS_H
#define HOLYSHEEP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
  WORDS_READ = 2048,               /* bytes of a text that are looked at */
  WORDS_MAX = 3 * WORDS_READ + 16, /* bytes that they become at most */
};

/* `text` does not have to be valid UTF-8. `skip`, which may be NULL or empty,
 * is left out wherever it stands as a whole (a model's own name may hold any
 * word); `*skipped` says whether it did. */
void words_normalize(char out[WORDS_MAX], const char *text, size_t length,
                     const char *skip, bool *skipped);

/* Whether a character is a word by itself, as in Chinese. */
bool words_is_ideograph(const char *text);

/* The bytes of the character at `text`, which words_normalize() wrote. */
size_t words_character(const char *text);

#endif
