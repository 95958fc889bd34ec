/* The words of collectd's configuration language, as liboconfig's scanner finds
 * them: the longest match counts, and a character that begins none is passed
 * over. */
#ifndef HOLYSHEEP_CONFIG_LEXER_H
#define HOLYSHEEP_CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include <regex.h>

enum token {
  TOKEN_END, /* of the text */
  TOKEN_LINE_END,
  TOKEN_SLASH,
  TOKEN_OPEN,   /* < */
  TOKEN_CLOSE,  /* > */
  TOKEN_WORD,   /* without quotes, and neither of the next two */
  TOKEN_NUMBER, /* without quotes */
  TOKEN_TRUE,
  TOKEN_FALSE,
  TOKEN_QUOTED,
  TOKEN_NO_MEMORY,
};

struct config_lexer {
  const char *at, *end;
  unsigned line;       /* of `at` */
  unsigned token_line; /* where the last token begins */
  char *text;          /* of a TOKEN_WORD, TOKEN_NUMBER or TOKEN_QUOTED */
  regex_t *address;
  struct {
    unsigned from, to; /* lines of the last text in quotes that goes beyond its
                          own; 0: there is none */
  } long_quote;
};

/* The text, which has to outlive the lexer, has no zero bytes. False without
 * memory; config_lexer_free() is due then as well. */
bool config_lexer_init(struct config_lexer *lexer, const char *text,
                       size_t length);
void config_lexer_free(struct config_lexer *lexer);

/* Its text is there until the next one is taken. */
enum token config_lexer_next(struct config_lexer *lexer);

#endif
