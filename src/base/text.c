#include "base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { SECRET_MATCH_MIN = 8 };

/* --- comparison ---------------------------------------------------------- */

bool text_equals(const char *text, size_t length, const char *word) {
  return length == strlen(word) && memcmp(text, word, length) == 0;
}

bool text_equals_no_case(const char *text, size_t length, const char *word) {
  return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

bool text_begins_with(const char *text, size_t length, const char *prefix) {
  size_t size = strlen(prefix);
  return length >= size && text_equals(text, size, prefix);
}

bool text_begins_with_no_case(const char *text, size_t length,
                              const char *prefix) {
  size_t size = strlen(prefix);
  return length >= size && text_equals_no_case(text, size, prefix);
}

bool text_ends_with(const char *text, size_t length, const char *suffix) {
  size_t size = strlen(suffix);
  return length >= size && text_equals(text + length - size, size, suffix);
}

bool text_ends_with_no_case(const char *text, size_t length,
                            const char *suffix) {
  size_t size = strlen(suffix);
  return length >= size &&
         text_equals_no_case(text + length - size, size, suffix);
}

bool text_contains_no_case(const char *text, size_t length, const char *word) {
  size_t size = strlen(word);
  for (size_t at = 0; at + size <= length; at++)
    if (strncasecmp(text + at, word, size) == 0)
      return true;
  return false;
}

/* --- characters ---------------------------------------------------------- */

/* The length in bytes of the character at the start of `text`, 0 if it is not
 * UTF-8. RFC 3629: no overlong forms, surrogates or code points above U+10FFFF.
 */
static size_t utf8_character(const char *text, size_t length, uint32_t *point) {
  unsigned char first = (unsigned char)text[0];
  size_t size = first < 0x80                     ? 1
                : first >= 0xC2 && first <= 0xDF ? 2
                : first >= 0xE0 && first <= 0xEF ? 3
                : first >= 0xF0 && first <= 0xF4 ? 4
                                                 : 0;
  if (size == 0 || size > length)
    return 0;
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t value = size == 1 ? first : first & (0xFFu >> (size + 1));
  for (size_t i = 1; i < size; i++) {
    unsigned char next = (unsigned char)text[i];
    if ((next & 0xC0) != 0x80)
      return 0;
    value = value << 6 | (next & 0x3F);
  }
  if (value < smallest[size] || value > 0x10FFFF ||
      (value >= 0xD800 && value <= 0xDFFF))
    return 0;
  *point = value;
  return size;
}

bool text_is_utf8(const char *text, size_t length) {
  uint32_t point;
  for (size_t i = 0, size; i < length; i += size)
    if ((size = utf8_character(text + i, length - i, &point)) == 0)
      return false;
  return true;
}

static bool is_control(uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0);
}

/* Unicode's invisible and direction-changing characters: a relay could use them
 * to make a log line read as something else. */
static bool is_deceptive(uint32_t point) {
  return point == 0x061C || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
}

static bool is_space(uint32_t point) {
  return point == ' ' || point == 0xA0 || point == 0x1680 ||
         (point >= 0x2000 && point <= 0x200A) || point == 0x202F ||
         point == 0x205F || point == 0x3000;
}

bool text_is_blank(const char *text, size_t length) {
  uint32_t point;
  for (size_t i = 0, size; i < length; i += size)
    if ((size = utf8_character(text + i, length - i, &point)) == 0 ||
        !(is_space(point) || is_control(point) || is_deceptive(point)))
      return false;
  return true;
}

/* --- labels and log lines ------------------------------------------------ */

bool text_escape_label(char *out, size_t size, const char *text) {
  size_t used = 0;
  for (const char *p = text; *p != '\0'; p++) {
    const char *piece = *p == '/' ? "%2F" : *p == '%' ? "%25" : NULL;
    unsigned char c = (unsigned char)*p;
    char single[2] = {
        *p == ',' || *p == '=' || c < 0x20 || c == 0x7F ? '_' : *p, '\0'};
    if (piece == NULL)
      piece = single;
    size_t length = strlen(piece);
    if (used + length >= size) {
      out[0] = '\0';
      return false;
    }
    memcpy(out + used, piece, length);
    used += length;
  }
  out[used] = '\0';
  return true;
}

/* What replaces the character at the start of `text`, or '\0' if it may be
 * shown. `*size` is the character's length in bytes. */
static char replacement(const char *text, size_t length, size_t *size) {
  uint32_t point;
  if ((*size = utf8_character(text, length, &point)) == 0) {
    *size = 1;
    return '?';
  }
  return is_control(point) || is_deceptive(point) ? ' ' : '\0';
}

/* How many bytes of `secret` the text begins with, as it is or as it would be
 * sanitized. `*consumed` is how many bytes of the text that takes. */
static size_t match_prefix(const char *text, size_t length, const char *secret,
                           size_t *consumed) {
  size_t n = 0, i = 0, size;
  while (i < length && secret[n] != '\0') {
    if (text[i] == secret[n])
      size = 1;
    else if (replacement(text + i, length - i, &size) != secret[n])
      break;
    i += size;
    n++;
  }
  *consumed = i;
  return n;
}

/* How many bytes at the start of `text` are part of a secret. */
static size_t match_secret(const char *text, size_t length,
                           const struct secrets *secrets) {
  size_t longest = 0;
  for (size_t i = 0; secrets != NULL && i < secrets->count; i++) {
    const char *secret = secrets->values[i];
    size_t whole = strlen(secret);
    size_t min = whole < SECRET_MATCH_MIN ? whole : SECRET_MATCH_MIN;
    for (size_t at = 0; min > 0 && at + min <= whole; at++) {
      size_t consumed;
      if (match_prefix(text, length, secret + at, &consumed) >= min &&
          consumed > longest)
        longest = consumed;
    }
  }
  return longest;
}

void text_sanitize(char *out, size_t size, const char *text, size_t length,
                   const struct secrets *secrets) {
  static const char mark[] = "[secret]";
  size_t used = 0;
  for (size_t i = 0, consumed; i < length; i += consumed) {
    const char *piece = text + i;
    size_t piece_length;
    char substitute;
    if ((consumed = match_secret(text + i, length - i, secrets)) > 0) {
      piece = mark;
      piece_length = sizeof mark - 1;
    } else if ((substitute = replacement(text + i, length - i, &consumed)) !=
               '\0') {
      piece = &substitute;
      piece_length = 1;
    } else {
      piece_length = consumed;
    }
    if (used + piece_length >= size)
      break;
    memmove(out + used, piece, piece_length);
    used += piece_length;
  }
  out[used] = '\0';
}
