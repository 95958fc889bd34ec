/* What the fuzz targets share: the secrets that must not come out, and the
 * checks of what does. A target is LLVMFuzzerTestOneInput and a name; clang's
 * libFuzzer drives it, or replay.c with the files of its corpus. */
#ifndef HOLYSHEEP_FUZZ_H
#define HOLYSHEEP_FUZZ_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The folder of the target's corpus below corpus/. */
extern const char *const fuzz_name;

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

/* A key, a header's value with what stands for other characters in a log line,
 * and one that is short. */
#define FUZZ_KEY "sk-fuzz-0123456789abcdefghijklmnop"
#define FUZZ_HEADER "Basic pass word?for all of\xE2\x80\x8Bus."
#define FUZZ_SHORT "pa55"
extern const struct secrets fuzz_secrets;

/* Whether eight bytes in a row of a secret, or a whole shorter one, are in
 * there. */
bool fuzz_has_secret(const char *text, size_t length);

/* One line of UTF-8 without control or direction-changing characters and
 * without a secret. */
void fuzz_check_text(const char *text);

/* Numbers that follow from the input alone: the next one below `limit`. */
struct fuzz_random {
  uint64_t state;
};
void fuzz_random_begin(struct fuzz_random *random, const uint8_t *data,
                       size_t size);
size_t fuzz_random_below(struct fuzz_random *random, size_t limit);

#endif
