#include "config/config_text.h"

#include "config/config_lexer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
  struct config_lexer lexer;
  enum token token; /* the next one */
  const char *name;
  struct error *error;
};

static void advance(struct parser *parser) {
  parser->token = config_lexer_next(&parser->lexer);
}

/* --- errors -------------------------------------------------------------- */

/* An error right after a quoted text of several lines may be due to a missing
 * quote further up. */
static bool follows_multiline_quote(const struct parser *parser) {
  const struct config_lexer *lexer = &parser->lexer;
  return lexer->multiline_quote.from > 0 &&
         (lexer->token_line == lexer->multiline_quote.to ||
          lexer->token_line == lexer->multiline_quote.from);
}

static bool fail(const struct parser *parser, const char *message) {
  const struct config_lexer *lexer = &parser->lexer;
  if (parser->token == TOKEN_NO_MEMORY)
    return error_set(parser->error, "%s: out of memory", parser->name);
  if (follows_multiline_quote(parser))
    return error_set(parser->error,
                     "%s:%u: %s; is the quote on line %u closed?", parser->name,
                     lexer->token_line, message, lexer->multiline_quote.from);
  return error_set(parser->error, "%s:%u: %s", parser->name, lexer->token_line,
                   message);
}

static bool no_memory(struct parser *parser) {
  parser->token = TOKEN_NO_MEMORY;
  return fail(parser, "");
}

static bool fail_statement(const struct parser *parser) {
  return fail(
      parser,
      "a line must start with a key, without quotes, or with the < of a block");
}

/* The token is neither a value nor the end of the values. */
static bool fail_value(const struct parser *parser, bool in_block) {
  switch (parser->token) {
  case TOKEN_SLASH:
    return fail(parser, "a value that contains / must be in quotes");
  case TOKEN_OPEN:
    return fail(parser, "a value that contains < must be in quotes; a block "
                        "starts on a line of its own");
  case TOKEN_CLOSE:
    return fail(
        parser,
        "a value that contains > must be in quotes; a block starts with <");
  case TOKEN_END:
    return fail(parser, "the last line must end with a newline");
  default:
    return fail(parser, in_block ? "the line that opens a block must end with >"
                                 : "the key must be followed by a value");
  }
}

/* --- statements ---------------------------------------------------------- */

static struct config_node *parse_node(struct parser *parser) {
  struct config_node *node = config_node_new(parser->lexer.text);
  if (node == NULL) {
    no_memory(parser);
    return NULL;
  }
  node->file = parser->name;
  node->line = parser->lexer.token_line;
  advance(parser);
  return node;
}

static bool is_value(enum token token) {
  return token == TOKEN_WORD || token == TOKEN_NUMBER || token == TOKEN_TRUE ||
         token == TOKEN_FALSE || token == TOKEN_QUOTED;
}

static bool parse_values(struct parser *parser, struct config_node *node) {
  for (; is_value(parser->token); advance(parser)) {
    struct config_value value = {.type = VALUE_BOOLEAN,
                                 .boolean = parser->token == TOKEN_TRUE};
    if (parser->token == TOKEN_NUMBER)
      value = (struct config_value){.type = VALUE_NUMBER,
                                    .number = strtod(parser->lexer.text, NULL)};
    else if (parser->token == TOKEN_WORD || parser->token == TOKEN_QUOTED)
      value =
          (struct config_value){.type = VALUE_TEXT, .text = parser->lexer.text};
    if (!config_node_add_value(node, &value))
      return no_memory(parser);
  }
  return true;
}

static bool parse_line_end(struct parser *parser) {
  if (parser->token == TOKEN_END)
    return fail(parser, "the last line must end with a newline");
  if (parser->token != TOKEN_LINE_END)
    return fail(parser, "nothing may follow the > of a block on the same line");
  advance(parser);
  return true;
}

static bool parse_option(struct parser *parser, struct config_node *node) {
  if (!parse_values(parser, node))
    return false;
  if (node->value_count == 0 || parser->token != TOKEN_LINE_END)
    return fail_value(parser, false);
  advance(parser);
  return true;
}

static bool parse_statements(struct parser *parser, struct config_node *node,
                             unsigned depth);

/* The tokens after `</`. */
static bool parse_block_end(struct parser *parser,
                            const struct config_node *node) {
  char message[160];
  advance(parser);
  if (parser->token == TOKEN_WORD &&
      strcmp(parser->lexer.text, node->key) == 0) {
    advance(parser);
    if (parser->token != TOKEN_CLOSE)
      return fail(parser, "the line that closes a block must end with >");
    advance(parser);
    return parse_line_end(parser);
  }
  snprintf(message, sizeof message,
           "must be </%.64s>, to close the block from line %u", node->key,
           node->line);
  return fail(parser, message);
}

/* The tokens after `<key`. */
static bool parse_block(struct parser *parser, struct config_node *node,
                        unsigned depth) {
  if (depth > CONFIG_DEPTH_MAX)
    return fail(parser, "blocks are nested too deeply");
  if (!parse_values(parser, node))
    return false;
  if (parser->token != TOKEN_CLOSE)
    return fail_value(parser, true);
  advance(parser);
  return parse_line_end(parser) && parse_statements(parser, node, depth);
}

/* A block without values and statements is dropped. */
static bool parse_statement(struct parser *parser, struct config_node *parent,
                            bool is_block, unsigned depth) {
  struct config_node *node = parse_node(parser);
  if (node == NULL || !(is_block ? parse_block(parser, node, depth + 1)
                                 : parse_option(parser, node))) {
    config_node_free(node);
    return false;
  }
  if (node->value_count == 0 && node->children == NULL)
    config_node_free(node);
  else
    config_node_add_child(parent, node);
  return true;
}

static bool fail_unclosed(struct parser *parser,
                          const struct config_node *node) {
  char message[160];
  snprintf(message, sizeof message,
           "</%.64s> is missing: the block from line %u is never closed",
           node->key, node->line);
  return fail(parser, message);
}

/* Parses up to the end of the block or, at depth 0, of the text. */
static bool parse_statements(struct parser *parser, struct config_node *node,
                             unsigned depth) {
  for (;;) {
    switch (parser->token) {
    case TOKEN_LINE_END:
      advance(parser);
      continue;
    case TOKEN_END:
      return depth == 0 || fail_unclosed(parser, node);
    case TOKEN_WORD:
      if (!parse_statement(parser, node, false, depth))
        return false;
      continue;
    case TOKEN_OPEN:
      advance(parser);
      if (parser->token == TOKEN_SLASH)
        return depth == 0 ? fail(parser, "there is no block to close")
                          : parse_block_end(parser, node);
      if (parser->token != TOKEN_WORD)
        return fail(parser, "the name of the block must follow the <");
      if (!parse_statement(parser, node, true, depth))
        return false;
      continue;
    default:
      return fail_statement(parser);
    }
  }
}

/* --- the whole text ------------------------------------------------------ */

static bool parse_text(struct parser *parser, struct config_node *root,
                       const char *text, size_t length) {
  if (memchr(text, '\0', length) != NULL)
    return error_set(parser->error,
                     "%s: is not a text file: it contains a zero byte",
                     parser->name);
  if (root == NULL || !config_lexer_init(&parser->lexer, text, length))
    return no_memory(parser);
  advance(parser);
  return parse_statements(parser, root, 0);
}

struct config_node *config_text_parse(const char *name, const char *text,
                                      size_t length, struct error *error) {
  struct parser parser = {.name = name, .error = error};
  struct config_node *root = config_node_new("");
  bool ok = parse_text(&parser, root, text, length);
  config_lexer_free(&parser.lexer);
  if (ok)
    return root;
  config_node_free(root);
  return NULL;
}
