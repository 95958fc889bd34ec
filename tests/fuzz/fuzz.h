/* Shared by the fuzz targets: the secrets that must not leak, and checks of
 * output. A target defines LLVMFuzzerTestOneInput and a name; it is driven by
 * clang's libFuzzer, or by replay.c with the files of its corpus. */
#ifndef HOLYSHEEP_FUZZ_H
#define HOLYSHEEP_FUZZ_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target's folder in corpus/. */
extern const char *const fuzz_name;

/* Before the first input, for targets that have something to prepare. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert(), never compiled out. */
#define FUZZ_CHECK(condition)                                                  \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,        \
              #condition);                                                     \
      abort();                                                                 \
    }                                                                          \
  } while (0)

/* A key; a header with characters that log lines replace; a short secret. */
#define FUZZ_KEY "sk-fuzz-0123456789abcdefghijklmnop"
#define FUZZ_HEADER "Basic pass word?for all of\xE2\x80\x8Bus."
#define FUZZ_SHORT "pa55"
extern const struct secrets fuzz_secrets;

/* Whether the text contains eight consecutive bytes of a secret, or a whole
 * shorter one. */
bool fuzz_has_secret(const char *text, size_t length);

/* Checks that the text is one line of UTF-8 without control characters,
 * bidirectional formatting and secrets. */
void fuzz_check_text(const char *text);

/* Pseudo-random numbers determined by the input. fuzz_random_below() returns
 * the next one below `limit`. */
struct fuzz_random {
  uint64_t state;
};
void fuzz_random_begin(struct fuzz_random *random, const uint8_t *data,
                       size_t size);
size_t fuzz_random_below(struct fuzz_random *random, size_t limit);

#endif
