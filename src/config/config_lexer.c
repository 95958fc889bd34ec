#include "config/config_lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* liboconfig's definition of an address, which may be unquoted. */
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
  lexer->text = malloc(length + 1); /* no token is longer */
  return lexer->text != NULL;
}

void config_lexer_free(struct config_lexer *lexer) {
  if (lexer->address != NULL)
    regfree(lexer->address);
  free(lexer->address);
  free(lexer->text);
}

/* --- unquoted tokens ----------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\b'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         c == '_';
}

static bool is_address_character(char c) {
  return is_hex_digit(c) || c == '.' || c == ':' || c == '[' || c == ']';
}

static size_t count_while(const char *at, const char *end,
                          bool (*accepts)(char)) {
  const char *p = at;
  while (p < end && accepts(*p))
    p++;
  return (size_t)(p - at);
}

static bool next_is_any(const char *at, const char *end, const char *any) {
  return at < end && strchr(any, *at) != NULL;
}

static size_t hex_length(const char *at, const char *end) {
  if (!next_is_any(at, end, "0") || !next_is_any(at + 1, end, "xX"))
    return 0;
  size_t digits = count_while(at + 2, end, is_hex_digit);
  return digits > 0 ? 2 + digits : 0;
}

/* The sign of an exponent is mandatory. */
static size_t exponent_length(const char *at, const char *end) {
  if (!next_is_any(at, end, "eE") || !next_is_any(at + 1, end, "+-"))
    return 0;
  size_t digits = count_while(at + 2, end, is_digit);
  return digits > 0 ? 2 + digits : 0;
}

static size_t number_length(const char *at, const char *end) {
  const char *p = at + (next_is_any(at, end, "+-") ? 1 : 0);
  size_t hex = hex_length(at, end), digits = count_while(p, end, is_digit);
  p += digits;
  size_t part =
      next_is_any(p, end, ".") ? count_while(p + 1, end, is_digit) : 0;
  if (part > 0) {
    p += 1 + part;
    p += exponent_length(p, end);
  } else if (digits == 0) {
    return 0;
  }
  return hex > (size_t)(p - at) ? hex : (size_t)(p - at);
}

/* A single literal would exceed the length that compilers must support. */
static bool compile_pattern(regex_t *address) {
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
  if (compile_pattern(lexer->address))
    return true;
  free(lexer->address);
  lexer->address = NULL;
  return false;
}

/* False if out of memory. */
static bool address_length(struct config_lexer *lexer, size_t *length) {
  char text[ADDRESS_SIZE];
  regmatch_t match;
  size_t max = count_while(lexer->at, lexer->end, is_address_character);
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

static enum token emit(struct config_lexer *lexer, size_t length,
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

static enum token emit_word(struct config_lexer *lexer, size_t length) {
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  emit(lexer, length, TOKEN_WORD);
  return is_one_of(lexer->text, yes)  ? TOKEN_TRUE
         : is_one_of(lexer->text, no) ? TOKEN_FALSE
                                      : TOKEN_WORD;
}

/* The longest match wins; of equal ones, an address, then a number. */
static enum token next_word(struct config_lexer *lexer) {
  size_t word = count_while(lexer->at, lexer->end, is_word_character), address;
  size_t number = number_length(lexer->at, lexer->end);
  if (!address_length(lexer, &address))
    return TOKEN_NO_MEMORY;
  if (address > 0 && address >= word && address >= number)
    return emit(lexer, address, TOKEN_WORD);
  if (number > 0 && number >= word)
    return emit(lexer, number, TOKEN_NUMBER);
  if (word > 0)
    return emit_word(lexer, word);
  lexer->at++;
  return TOKEN_END;
}

/* --- quoted text --------------------------------------------------------- */

/* The end of a piece of quoted text: its closing quote, or else a backslash
 * before a line break. A backslash also escapes a carriage return, so one
 * before CR LF only counts if there is no other end. NULL: there is no end. */
static const char *find_quote_end(const char *p, const char *end,
                                  bool *closed) {
  const char *line_break = NULL;
  *closed = false;
  for (; p < end; p++) {
    if (*p == '"') {
      *closed = true;
      return p + 1;
    }
    if (*p != '\\')
      continue;
    if (next_is_any(p + 1, end, "\n"))
      return p + 2;
    if (next_is_any(p + 1, end, "\r") && next_is_any(p + 2, end, "\n"))
      line_break = p + 3;
    p++;
  }
  return line_break;
}

/* Appends the input up to `to`, without a trailing backslash and line break. */
static size_t append_quoted(struct config_lexer *lexer, size_t length,
                            const char *to, bool closed) {
  size_t more = (size_t)(to - lexer->at);
  for (const char *p = lexer->at; p < to; p++)
    lexer->line += *p == '\n';
  if (!closed)
    more -= to[-2] == '\r' ? 3 : 2;
  memcpy(lexer->text + length, lexer->at, more);
  lexer->at = to;
  return length + more;
}

/* Removes the quotes, and each backslash that is not itself escaped. */
static void unquote(char *text, size_t length) {
  size_t out = 0;
  for (size_t i = 1; i + 1 < length; i++) {
    if (text[i] == '\\' && ++i + 1 >= length)
      break;
    text[out++] = text[i];
  }
  text[out] = '\0';
}

/* Continuation lines lose their leading blanks. */
static void skip_indent(struct config_lexer *lexer) {
  lexer->at += count_while(lexer->at, lexer->end, is_blank);
}

static void skip_character(struct config_lexer *lexer) {
  bool line_end = *lexer->at++ == '\n';
  lexer->line += line_end;
  if (line_end)
    skip_indent(lexer);
}

static enum token next_quoted(struct config_lexer *lexer) {
  unsigned first = lexer->line;
  size_t length = 0;
  bool closed;
  const char *to = find_quote_end(lexer->at + 1, lexer->end, &closed);
  if (to == NULL) {
    lexer->multiline_quote.from = lexer->multiline_quote.to = first;
    lexer->at++;
    return TOKEN_END;
  }
  length = append_quoted(lexer, length, to, closed);
  while (!closed) {
    skip_indent(lexer);
    while (lexer->at < lexer->end &&
           (is_blank(*lexer->at) ||
            (to = find_quote_end(lexer->at + 1, lexer->end, &closed)) == NULL))
      skip_character(lexer);
    if (lexer->at == lexer->end)
      return TOKEN_END;
    length = append_quoted(lexer, length, to, closed);
  }
  if (lexer->line > first) {
    lexer->multiline_quote.from = first;
    lexer->multiline_quote.to = lexer->line;
  }
  unquote(lexer->text, length);
  return TOKEN_QUOTED;
}

/* --- all tokens ---------------------------------------------------------- */

static size_t line_end_length(const char *at, const char *end) {
  return next_is_any(at, end, "\n")                                     ? 1
         : next_is_any(at, end, "\r") && next_is_any(at + 1, end, "\n") ? 2
                                                                        : 0;
}

/* Blanks, comments, and escaped line breaks. */
static bool skip_ignored(struct config_lexer *lexer) {
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

static enum token read_punctuation(struct config_lexer *lexer) {
  size_t line_end = line_end_length(lexer->at, lexer->end);
  char character = *lexer->at;
  if (line_end > 0) {
    lexer->at += line_end;
    lexer->line++;
    return TOKEN_LINE_END;
  }
  if (strchr("/<>", character) == NULL)
    return TOKEN_END;
  lexer->at++;
  return character == '/'   ? TOKEN_SLASH
         : character == '<' ? TOKEN_OPEN
                            : TOKEN_CLOSE;
}

/* TOKEN_END if a character was skipped. */
static enum token read_token(struct config_lexer *lexer) {
  enum token token = read_punctuation(lexer);
  return token != TOKEN_END  ? token
         : *lexer->at == '"' ? next_quoted(lexer)
                             : next_word(lexer);
}

enum token config_lexer_next(struct config_lexer *lexer) {
  while (lexer->at < lexer->end) {
    if (skip_ignored(lexer))
      continue;
    lexer->token_line = lexer->line;
    enum token token = read_token(lexer);
    if (token != TOKEN_END)
      return token;
  }
  lexer->token_line = lexer->line;
  return TOKEN_END;
}
