/* What is remembered over a restart: a line for each probe with a daily limit.
 * The file is damaged or foreign as often as not; it is read with care, and
 * what is not ours is never touched. */
#ifndef HOLYSHEEP_STATE_FILE_H
#define HOLYSHEEP_STATE_FILE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  STATE_FILE_MAX = 4 * 1024 * 1024, /* bytes; more is damaged */
  STATE_FILE_HEAD = 32,             /* bytes, at most: the first line, */
  STATE_FILE_LINE = 68,             /* and each other besides its labels */
};

struct saved {
  int64_t day;
  uint64_t today, max_cost;  /* as in struct spending */
  const char *relay, *model; /* their labels; gone after the call */
};

typedef void state_file_take(void *user, const struct saved *saved);

/* Gives the next line to write; false after the last. */
typedef bool state_file_next(void *user, struct saved *saved);

/* Reads the text of such a file; calls `take` for each line, but only if the
 * whole is well formed. `text` is written to. */
bool state_file_parse(char *text, size_t length, state_file_take *take,
                      void *user);

/* A file that is not there, or is empty, says nothing. What is not ours is left
 * as it is; the error says so. `later`: it was written by a later version, and
 * cannot be understood. */
bool state_file_read(const char *path, state_file_take *take, void *user,
                     bool *later, struct error *error);

/* Prints the text of such a file, as far as whole lines fit. Returns its
 * length. */
size_t state_file_print(char *text, size_t size, state_file_next *next,
                        void *user);

/* Replaces the file in one go, and returns when the disk has it; nobody but
 * its owner may read it. What is not ours is not replaced. */
bool state_file_write(const char *path, const char *text, size_t length,
                      struct error *error);

#endif
