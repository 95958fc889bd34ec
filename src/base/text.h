/* Text from outside, made fit for a label or a log line. */
#ifndef HOLYSHEEP_TEXT_H
#define HOLYSHEEP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* What must never be shown: a relay's key and its headers' values. */
struct secrets {
  const char *const *values;
  size_t count;
};

bool text_is_utf8(const char *text, size_t length);

/* Whether nothing of it can be seen: white space of any script. */
bool text_is_blank(const char *text, size_t length);

/* Writes `text` as the value of a label: `/` and `%` as %2F and %25; `,`, `=`
 * and control characters as `_`. Returns false, with `out` empty, when it does
 * not fit. */
bool text_label(char *out, size_t size, const char *text);

/* Writes as much of `text` as fits, ended at a whole character: valid UTF-8,
 * one line, without control or direction-changing characters, and with
 * `[secret]` in place of any eight or more bytes in a row of a secret (or of a
 * whole shorter one), as it stands there or as it would be shown. `secrets`
 * may be NULL; only then may `out` be `text` itself. */
void text_printable(char *out, size_t size, const char *text, size_t length,
                    const struct secrets *secrets);

#endif
