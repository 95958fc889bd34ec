/* An error message of one line, for the person who configures collectd. */
#ifndef HOLYSHEEP_ERROR_H
#define HOLYSHEEP_ERROR_H

#include <stdbool.h>

struct error {
  char text[512];
};

/* Formats the message, truncated to the buffer. Always returns false, so that
 * a function can end with `return error_set(...)`. */
__attribute__((format(printf, 2, 3))) bool error_set(struct error *error,
                                                     const char *format, ...);

/* Prepends what the error is about, such as `Relay "main": `. Always returns
 * false. */
__attribute__((format(printf, 2, 3))) bool
error_prepend(struct error *error, const char *format, ...);

#endif
