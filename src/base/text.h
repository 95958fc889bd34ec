/* Untrusted text, of a length in bytes, as it need not be terminated: compared
 * with a word, or made safe for a label or a log line. */
#ifndef HOLYSHEEP_TEXT_H
#define HOLYSHEEP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* What must never be shown: a relay's key and the values of its headers. */
struct secrets {
  const char *const *values;
  size_t count;
};

/* Whether it is the word, begins or ends with it, or contains it. Without case:
 * an ASCII letter is the same in upper and in lower case. */
bool text_equals(const char *text, size_t length, const char *word);
bool text_equals_no_case(const char *text, size_t length, const char *word);
bool text_begins_with(const char *text, size_t length, const char *prefix);
bool text_begins_with_no_case(const char *text, size_t length,
                              const char *prefix);
bool text_ends_with(const char *text, size_t length, const char *suffix);
bool text_ends_with_no_case(const char *text, size_t length,
                            const char *suffix);
bool text_contains_no_case(const char *text, size_t length, const char *word);

bool text_is_utf8(const char *text, size_t length);

/* Whether no character of it is visible, in any script. */
bool text_is_blank(const char *text, size_t length);

/* Writes `text` as the value of a label: `/` and `%` become %2F and %25; `,`,
 * `=` and control characters become `_`. If it does not fit, returns false
 * with `out` empty. */
bool text_escape_label(char *out, size_t size, const char *text);

/* Writes as much of `text` as fits, without splitting a character: valid
 * UTF-8, on one line, without control characters or characters that change the
 * direction of text. Any eight or more consecutive bytes of a secret (or all of
 * a shorter one) become `[secret]`, whether they occur as they are or as this
 * function would write them. `secrets` may be NULL; only then may `out` be
 * `text` itself. */
void text_sanitize(char *out, size_t size, const char *text, size_t length,
                   const struct secrets *secrets);

#endif
