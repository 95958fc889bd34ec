#include "config/config_lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* liboconfig's definitions of an address, which needs no quotes. */
#define PORT                                                                   \
  "(6(5(5(3[0-5]|[0-2][0-9])|[0-4][0-9][0-9])|[0-4][0-9][0-9][0-9])|"          \
  "[1-5][0-9][0-9][0-9][0-9]|[1-9][0-9]?[0-9]?[0-9]?)"
#define BYTE "(2(5[0-5]|[0-4][0-9])|1[0-9][0-9]|[1-9]?[0-9])"
#define V4 "(" BYTE "\\." BYTE "\\." BYTE "\\." BYTE "(:" PORT ")?)"
#define HEX "([0-9A-Fa-f]{1,4})"
#define PART "(" HEX ":" HEX "|" V4 ")"
#define V6                                                                     \
  "((" HEX ":){6}" PART "|::(" HEX ":){5}" PART "|(" HEX ")?::(" HEX           \
  ":){4}" PART "|((" HEX ":){0,1}" HEX ")?::(" HEX ":){3}" PART "|((" HEX      \
  ":){0,2}" HEX ")?::(" HEX ":){2}" PART "|((" HEX ":){0,3}" HEX ")?::" HEX    \
  ":" PART "|((" HEX ":){0,4}" HEX ")?::" PART "|((" HEX ":){0,5}" HEX         \
  ")?::" HEX "|((" HEX ":){0,6}" HEX ")?::)"
enum {
  ADDRESS_SIZE = 64, /* the longest has 59 bytes */
  PATTERN_SIZE = 8192,
};

bool config_lexer_init(struct config_lexer *lexer, const char *text,
                       size_t length) {
  *lexer = (struct config_lexer){.at = text, .end = text + length, .line = 1};
  lexer->text = malloc(length + 1); /* none is longer */
  return lexer->text != NULL;
}

void config_lexer_free(struct config_lexer *lexer) {
  if (lexer->address != NULL)
    regfree(lexer->address);
  free(lexer->address);
  free(lexer->text);
}

/* --- what stands without quotes ------------------------------------------ */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\b'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}

static bool is_of_address(char c) {
  return is_hex(c) || c == '.' || c == ':' || c == '[' || c == ']';
}

static size_t span(const char *at, const char *end, bool (*belongs)(char)) {
  const char *p = at;
  while (p < end && belongs(*p))
    p++;
  return (size_t)(p - at);
}

static bool stands(const char *at, const char *end, const char *any) {
  return at < end && strchr(any, *at) != NULL;
}

static size_t hex_length(const char *at, const char *end) {
  if (!stands(at, end, "0") || !stands(at + 1, end, "xX"))
    return 0;
  size_t digits = span(at + 2, end, is_hex);
  return digits > 0 ? 2 + digits : 0;
}

/* Of an exponent, which needs a sign. */
static size_t exponent_length(const char *at, const char *end) {
  if (!stands(at, end, "eE") || !stands(at + 1, end, "+-"))
    return 0;
  size_t digits = span(at + 2, end, is_digit);
  return digits > 0 ? 2 + digits : 0;
}

static size_t number_length(const char *at, const char *end) {
  const char *p = at + (stands(at, end, "+-") ? 1 : 0);
  size_t hex = hex_length(at, end), digits = span(p, end, is_digit);
  p += digits;
  size_t part = stands(p, end, ".") ? span(p + 1, end, is_digit) : 0;
  if (part > 0) {
    p += 1 + part;
    p += exponent_length(p, end);
  } else if (digits == 0) {
    return 0;
  }
  return hex > (size_t)(p - at) ? hex : (size_t)(p - at);
}

/* As one literal it would be longer than a compiler has to take. */
static bool compile(regex_t *address) {
  char pattern[PATTERN_SIZE];
  snprintf(pattern, sizeof pattern, "^(%s|%s|\\[%s\\](:%s)?)", V4, V6, V6,
           PORT);
  return regcomp(address, pattern, REG_EXTENDED) == 0;
}

static bool compile_address(struct config_lexer *lexer) {
  if (lexer->address != NULL)
    return true;
  lexer->address = malloc(sizeof *lexer->address);
  if (lexer->address == NULL)
    return false;
  if (compile(lexer->address))
    return true;
  free(lexer->address);
  lexer->address = NULL;
  return false;
}

/* False without memory. */
static bool address_length(struct config_lexer *lexer, size_t *length) {
  char text[ADDRESS_SIZE];
  regmatch_t match;
  size_t max = span(lexer->at, lexer->end, is_of_address);
  if (max >= sizeof text)
    max = sizeof text - 1;
  memcpy(text, lexer->at, max);
  text[max] = '\0';
  *length = 0;
  if (strpbrk(text, ".:") == NULL)
    return true;
  if (!compile_address(lexer))
    return false;
  int status = regexec(lexer->address, text, 1, &match, 0);
  if (status == 0)
    *length = (size_t)match.rm_eo;
  return status != REG_ESPACE;
}

static enum token take(struct config_lexer *lexer, size_t length,
                       enum token token) {
  memcpy(lexer->text, lexer->at, length);
  lexer->text[length] = '\0';
  lexer->at += length;
  return token;
}

static bool is_one_of(const char *text, const char *const words[3]) {
  return strcmp(text, words[0]) == 0 || strcmp(text, words[1]) == 0 ||
         strcmp(text, words[2]) == 0;
}

static enum token take_word(struct config_lexer *lexer, size_t length) {
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  take(lexer, length, TOKEN_WORD);
  return is_one_of(lexer->text, yes)  ? TOKEN_TRUE
         : is_one_of(lexer->text, no) ? TOKEN_FALSE
                                      : TOKEN_WORD;
}

/* The longest one; of two, the address and then the number. */
static enum token next_word(struct config_lexer *lexer) {
  size_t word = span(lexer->at, lexer->end, is_word), address;
  size_t number = number_length(lexer->at, lexer->end);
  if (!address_length(lexer, &address))
    return TOKEN_NO_MEMORY;
  if (address > 0 && address >= word && address >= number)
    return take(lexer, address, TOKEN_WORD);
  if (number > 0 && number >= word)
    return take(lexer, number, TOKEN_NUMBER);
  if (word > 0)
    return take_word(lexer, word);
  lexer->at++;
  return TOKEN_END;
}

/* --- what stands in quotes ----------------------------------------------- */

/* How far a text reaches of which the first character is before `p`: to its
 * quote, else to a backslash at a line's end. As a backslash protects a
 * carriage return too, one before CR LF is such an end only where no other
 * comes. NULL: to nowhere. */
static const char *reach(const char *p, const char *end, bool *closed) {
  const char *transport_error = NULL;
  *closed = false;
  for (; p < end; p++) {
    if (*p == '"') {
      *closed = true;
      return p + 1;
    }
    if (*p != '\\')
      continue;
    if (stands(p + 1, end, "\n"))
      return p + 2;
    if (stands(p + 1, end, "\r") && stands(p + 2, end, "\n"))
      transport_error = p + 3;
    p++;
  }
  return transport_error;
}

/* Adds what there is up to `to` to the text, without a backslash and a line's
 * end there. */
static size_t add(struct config_lexer *lexer, size_t length, const char *to,
                  bool closed) {
  size_t more = (size_t)(to - lexer->at);
  for (const char *p = lexer->at; p < to; p++)
    lexer->line += *p == '\n';
  if (!closed)
    more -= to[-2] == '\r' ? 3 : 2;
  memcpy(lexer->text + length, lexer->at, more);
  lexer->at = to;
  return length + more;
}

/* Takes the quotes off, and each backslash but one that another protects. */
static void unquote(char *text, size_t length) {
  size_t out = 0;
  for (size_t i = 1; i + 1 < length; i++) {
    if (text[i] == '\\' && ++i + 1 >= length)
      break;
    text[out++] = text[i];
  }
  text[out] = '\0';
}

/* Where a line begins, blanks are left out. */
static void skip_indent(struct config_lexer *lexer) {
  lexer->at += span(lexer->at, lexer->end, is_blank);
}

static void skip_one(struct config_lexer *lexer) {
  bool line_end = *lexer->at++ == '\n';
  lexer->line += line_end;
  if (line_end)
    skip_indent(lexer);
}

static enum token next_quoted(struct config_lexer *lexer) {
  unsigned first = lexer->line;
  size_t length = 0;
  bool closed;
  const char *to = reach(lexer->at + 1, lexer->end, &closed);
  if (to == NULL) {
    lexer->long_quote.from = lexer->long_quote.to = first;
    lexer->at++;
    return TOKEN_END;
  }
  length = add(lexer, length, to, closed);
  while (!closed) {
    skip_indent(lexer);
    while (lexer->at < lexer->end &&
           (is_blank(*lexer->at) ||
            (to = reach(lexer->at + 1, lexer->end, &closed)) == NULL))
      skip_one(lexer);
    if (lexer->at == lexer->end)
      return TOKEN_END;
    length = add(lexer, length, to, closed);
  }
  if (lexer->line > first) {
    lexer->long_quote.from = first;
    lexer->long_quote.to = lexer->line;
  }
  unquote(lexer->text, length);
  return TOKEN_QUOTED;
}

/* --- all of them --------------------------------------------------------- */

static size_t line_end_length(const char *at, const char *end) {
  return stands(at, end, "\n")                                ? 1
         : stands(at, end, "\r") && stands(at + 1, end, "\n") ? 2
                                                              : 0;
}

/* What is no token: blanks, comments, and a line that goes on in the next. */
static bool skip_nothing(struct config_lexer *lexer) {
  const char *at = lexer->at;
  if (is_blank(*at)) {
    lexer->at++;
  } else if (*at == '#') {
    while (lexer->at < lexer->end && *lexer->at != '\n')
      lexer->at++;
  } else if (*at == '\\' && line_end_length(at + 1, lexer->end) > 0) {
    lexer->at += 1 + line_end_length(at + 1, lexer->end);
    lexer->line++;
  }
  return lexer->at > at;
}

static enum token take_mark(struct config_lexer *lexer) {
  size_t line_end = line_end_length(lexer->at, lexer->end);
  char mark = *lexer->at;
  if (line_end > 0) {
    lexer->at += line_end;
    lexer->line++;
    return TOKEN_LINE_END;
  }
  if (strchr("/<>", mark) == NULL)
    return TOKEN_END;
  lexer->at++;
  return mark == '/' ? TOKEN_SLASH : mark == '<' ? TOKEN_OPEN : TOKEN_CLOSE;
}

/* TOKEN_END where a character was passed over. */
static enum token take_token(struct config_lexer *lexer) {
  enum token token = take_mark(lexer);
  return token != TOKEN_END  ? token
         : *lexer->at == '"' ? next_quoted(lexer)
                             : next_word(lexer);
}

enum token config_lexer_next(struct config_lexer *lexer) {
  while (lexer->at < lexer->end) {
    if (skip_nothing(lexer))
      continue;
    lexer->token_line = lexer->line;
    enum token token = take_token(lexer);
    if (token != TOKEN_END)
      return token;
  }
  lexer->token_line = lexer->line;
  return TOKEN_END;
}
