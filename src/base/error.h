/* One line about what went wrong, for a person who configures collectd. */
#ifndef HOLYSHEEP_ERROR_H
#define HOLYSHEEP_ERROR_H

#include <stdbool.h>

struct error {
  char text[512];
};

/* Writes the line (cut at the buffer's end) and returns false, so that a
 * function can end with `return error_set(...)`. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error,
                                                     const char *format, ...);

/* Puts what the error is about in front of it: `Relay "main": ` and so on.
 * Returns false. */
__attribute__((format(printf, 2, 3))) bool
error_within(struct error *error, const char *format, ...);

#endif
