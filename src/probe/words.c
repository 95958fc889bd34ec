#include "probe/words.h"

#include "base/text.h"

#include <string.h>

/* The kind of a byte. Outside ASCII, all characters count as letters: two bytes
 * for Latin, Greek and Cyrillic, three or more for Chinese and the like. */
enum kind { SPACE, LOWER, UPPER, DIGIT, LETTER, IDEOGRAPH, CONTINUATION };

/* The first byte of Latin letters with two diacritics (Vietnamese), which have
 * three bytes as well. */
enum { MARKED_LATIN = 0xE1 };

bool words_is_ideograph(const char *text) {
  unsigned char byte = (unsigned char)*text;
  return byte >= 0xE0 && byte != MARKED_LATIN;
}

static enum kind kind_of(char c) {
  unsigned char byte = (unsigned char)c;
  if (words_is_ideograph(&c))
    return IDEOGRAPH;
  if (byte >= 0xC0)
    return LETTER;
  if (byte >= 0x80)
    return CONTINUATION;
  if (c >= 'a' && c <= 'z')
    return LOWER;
  if (c >= 'A' && c <= 'Z')
    return UPPER;
  return c >= '0' && c <= '9' ? DIGIT : SPACE;
}

size_t words_character_size(const char *text) {
  size_t size = 1;
  while (kind_of(text[size]) == CONTINUATION)
    size++;
  return size;
}

struct writer {
  char *out;
  size_t length;
  enum kind last; /* of the last character, SPACE between words */
};

static void put(struct writer *writer, char c) {
  writer->out[writer->length++] = c;
}

static void end_word(struct writer *writer) {
  if (writer->out[writer->length - 1] != ' ')
    put(writer, ' ');
  writer->last = SPACE;
}

static void end_clause(struct writer *writer) {
  end_word(writer);
  if (writer->length > 1 && writer->out[writer->length - 2] != '|') {
    put(writer, '|');
    put(writer, ' ');
  }
}

/* `APIKey` and `invalidKey` are two words each. */
static bool starts_word(enum kind last, enum kind kind, enum kind next) {
  if (last == SPACE)
    return false;
  if ((last == IDEOGRAPH) != (kind == IDEOGRAPH))
    return true;
  return kind == UPPER &&
         (last == LOWER || last == DIGIT || (last == UPPER && next == LOWER));
}

/* To lower case, for the two-byte letters that the vocabulary needs: U+00C0 to
 * U+00DE, and Cyrillic U+0410 to U+042F. */
static void fold_case(char *start) {
  unsigned char first = (unsigned char)start[0];
  unsigned char second = (unsigned char)start[1];
  if (first == 0xC3 && second >= 0x80 && second <= 0x9E)
    start[1] = (char)(second + 0x20);
  else if (first == 0xD0 && second >= 0x90 && second <= 0x9F)
    start[1] = (char)(second + 0x20);
  else if (first == 0xD0 && second >= 0xA0 && second <= 0xAF) {
    start[0] = (char)0xD1;
    start[1] = (char)(second - 0x20);
  }
}

static size_t put_character(struct writer *writer, const char *text,
                            size_t length) {
  size_t size = 1;
  enum kind kind = kind_of(*text);
  while (size < length && kind_of(text[size]) == CONTINUATION && size < 4)
    size++;
  enum kind next = size < length ? kind_of(text[size]) : SPACE;
  if (starts_word(writer->last, kind, next))
    end_word(writer);
  char *start = writer->out + writer->length;
  for (size_t i = 0; i < size; i++)
    put(writer, text[i]);
  if (kind == UPPER)
    *start = (char)(*start - 'A' + 'a');
  else if (kind == LETTER && size == 2)
    fold_case(start);
  writer->last = kind;
  return size;
}

/* --- separators: each match_... returns how many bytes match, or 0 ------- */

/* `doesn't` is one word, with a straight or a typographic apostrophe. The `'s`
 * of "the account's limit" is left out. */
static size_t match_apostrophe(const struct writer *writer, const char *text,
                               size_t length) {
  size_t size = *text == '\''                              ? 1
                : text_begins_with(text, length, "\u2019") ? 3
                                                           : 0;
  if (size == 0 || size == length || writer->last != LOWER ||
      kind_of(text[size]) != LOWER)
    return 0;
  bool possessive = text[size] == 's' &&
                    (size + 1 == length || kind_of(text[size + 1]) == SPACE);
  return possessive ? size + 1 : size;
}

/* The second dot of `e.g.`, for example, does not end a clause. */
static bool ends_abbreviation(const struct writer *writer) {
  const char *word = writer->out + writer->length;
  return writer->length >= 4 && word[-2] == ' ' && word[-4] == ' ';
}

/* A dot or a comma within a number or a name does not end a clause. */
static size_t match_clause_end(const struct writer *writer, const char *text,
                               size_t length) {
  static const char *const wide[] = {"。", "！", "？", "；"};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
    if (text_begins_with(text, length, wide[i]))
      return strlen(wide[i]);
  if (strchr("!?;{}\n", *text) != NULL && *text != '\0')
    return 1;
  return *text == '.' && !ends_abbreviation(writer) &&
                 (length == 1 || strchr(" \"'\\\n)", text[1]) != NULL)
             ? 1
             : 0;
}

/* Full-width punctuation and other symbols of three bytes. */
static size_t match_wide_space(const char *text, size_t length) {
  static const char *const leads[] = {"\xE2\x80", "\xE3\x80", "\xEF\xBC",
                                      "\xEF\xBD"};
  for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
    if (length >= 3 && text_begins_with(text, length, leads[i]))
      return 3;
  return 0;
}

/* Text that quotes JSON may contain its escapes: `\n` is not the letter n. */
static size_t match_escape(const char *text, size_t length) {
  return *text == '\\' && length > 1 && strchr("nrt", text[1]) != NULL ? 2 : 0;
}

/* A URL, up to white space or a quotation mark: a scheme with `://`, or a host
 * and a path. */
static size_t match_url(const struct writer *writer, const char *text,
                        size_t length) {
  size_t size = 0, dot = 0, slash = 0;
  if (writer->last != SPACE || kind_of(*text) == SPACE)
    return 0;
  while (size < length && (unsigned char)text[size] > ' ' &&
         (unsigned char)text[size] < 0x80 &&
         strchr("\"'`<>()[]{},\\", text[size]) == NULL) {
    if (text[size] == '.' && dot == 0)
      dot = size;
    if (text[size] == '/' && slash == 0)
      slash = size;
    size++;
  }
  bool scheme = slash > 0 && text[slash - 1] == ':' && slash + 1 < size &&
                text[slash + 1] == '/';
  bool host = dot > 0 && slash > dot + 1;
  while (size > 0 && text[size - 1] == '.')
    size--;
  return scheme || host ? size : 0;
}

static bool is_alphanumeric(char c) {
  enum kind kind = kind_of(c);
  return kind == LOWER || kind == UPPER || kind == DIGIT;
}

/* `gpt-4o-mini` and `gpt-4o.1` do not contain the name `gpt-4o`. */
static bool continues_name(const char *text, size_t length) {
  return length > 0 &&
         (is_alphanumeric(*text) || *text == '-' || *text == '_' ||
          (length > 1 && (*text == '.' || *text == ':') &&
           is_alphanumeric(text[1])));
}

static size_t match_name(const char *text, size_t length, const char *start,
                         const char *word) {
  size_t size = word != NULL ? strlen(word) : 0;
  if (size == 0 || !text_begins_with_no_case(text, length, word) ||
      (text > start && is_alphanumeric(text[-1])) ||
      continues_name(text + size, length - size))
    return 0;
  return size;
}

/* --- normalization ------------------------------------------------------- */

void words_normalize(char out[WORDS_MAX], const char *text, size_t length,
                     const char *skip, bool *skipped) {
  struct writer writer = {.out = out};
  const char *end =
      text + (length < WORDS_INPUT_MAX ? length : WORDS_INPUT_MAX);
  put(&writer, ' ');
  *skipped = false;
  for (const char *p = text; p < end;) {
    size_t left = (size_t)(end - p), size;
    if ((size = match_name(p, left, text, skip)) > 0) {
      *skipped = true;
      end_word(&writer);
      put(&writer, '*'); /* keeps the distance between its neighbours */
      end_word(&writer);
    } else if ((size = match_url(&writer, p, left)) > 0) {
      end_word(&writer);
    } else if ((size = match_apostrophe(&writer, p, left)) > 0) {
      ;
    } else if ((size = match_clause_end(&writer, p, left)) > 0) {
      end_clause(&writer);
    } else if ((size = match_escape(p, left)) > 0 ||
               (size = match_wide_space(p, left)) > 0) {
      end_word(&writer);
    } else if (kind_of(*p) == SPACE) {
      size = 1;
      end_word(&writer);
    } else {
      size = put_character(&writer, p, left);
    }
    p += size;
  }
  end_word(&writer);
  put(&writer, '\0');
}
