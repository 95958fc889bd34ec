/* Splits collectd's configuration language into tokens like liboconfig's
 * scanner: the longest match wins, and a character that starts no token is
 * skipped. */
#ifndef HOLYSHEEP_CONFIG_LEXER_H
#define HOLYSHEEP_CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include <regex.h>

enum token {
  TOKEN_END, /* of the input */
  TOKEN_LINE_END,
  TOKEN_SLASH,
  TOKEN_OPEN,   /* < */
  TOKEN_CLOSE,  /* > */
  TOKEN_WORD,   /* unquoted, and none of the next three */
  TOKEN_NUMBER, /* unquoted */
  TOKEN_TRUE,
  TOKEN_FALSE,
  TOKEN_QUOTED,
  TOKEN_NO_MEMORY,
};

struct config_lexer {
  const char *at, *end;
  unsigned line;       /* of `at` */
  unsigned token_line; /* where the last token starts */
  char *text;          /* of a TOKEN_WORD, TOKEN_NUMBER or TOKEN_QUOTED */
  regex_t *address;
  /* Lines of the last quoted text that spans several; 0: none yet. */
  struct {
    unsigned from, to;
  } multiline_quote;
};

/* The text must outlive the lexer and must not contain zero bytes. False if out
 * of memory; call config_lexer_free() even then. */
bool config_lexer_init(struct config_lexer *lexer, const char *text,
                       size_t length);
void config_lexer_free(struct config_lexer *lexer);

/* The next token. Its text is valid until the next call. */
enum token config_lexer_next(struct config_lexer *lexer);

#endif
