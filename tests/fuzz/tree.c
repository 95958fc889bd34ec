#include "tree.h"

#include "fuzz.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 8 }; /* the plugin's blocks have three levels */

static void read_block(struct tree_text *text, struct config_node *block,
                       unsigned depth);

static char *cut_out(const char *from, const char *to) {
  char *copy = strndup(from, (size_t)(to - from));
  FUZZ_CHECK(copy != NULL);
  return copy;
}

static bool at_any(const struct tree_text *text, const char *characters) {
  return text->at < text->end && *text->at != '\0' &&
         strchr(characters, *text->at) != NULL;
}

static void skip_line(struct tree_text *text) {
  while (text->at < text->end && *text->at++ != '\n')
    ;
}

/* The name of an option or of a block: letters, digits and `_`. */
static char *read_name(struct tree_text *text) {
  const char *from = text->at;
  while (text->at < text->end &&
         (isalnum((unsigned char)*text->at) || *text->at == '_'))
    text->at++;
  return cut_out(from, text->at);
}

/* In quotes a backslash only protects the character behind it. */
static char *read_quoted(struct tree_text *text) {
  char *value = malloc((size_t)(text->end - text->at) + 1);
  FUZZ_CHECK(value != NULL);
  size_t length = 0;
  for (text->at++; text->at < text->end && *text->at != '"'; text->at++) {
    if (*text->at == '\\' && text->at + 1 < text->end)
      text->at++;
    value[length++] = *text->at;
  }
  if (text->at < text->end)
    text->at++;
  value[length] = '\0';
  return value;
}

static bool is_among(const char *word, const char *const list[3]) {
  return strcmp(word, list[0]) == 0 || strcmp(word, list[1]) == 0 ||
         strcmp(word, list[2]) == 0;
}

/* An exponent needs a point before it and a sign, or it is a word. */
static bool is_number(const char *word) {
  const char *p = word + (*word == '+' || *word == '-');
  if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
    return p[2] != '\0' && p[2 + strspn(p + 2, "0123456789abcdefABCDEF")] == 0;
  size_t whole = strspn(p, "0123456789");
  if (p[whole] != '.')
    return whole > 0 && p[whole] == '\0';
  p += whole + 1;
  size_t part = strspn(p, "0123456789");
  if (part > 0 && (p[part] == 'e' || p[part] == 'E') &&
      (p[part + 1] == '+' || p[part + 1] == '-')) {
    p += part + 2;
    part = strspn(p, "0123456789");
  }
  return part > 0 && p[part] == '\0';
}

static struct config_value word_value(const char *word) {
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  if (is_among(word, yes) || is_among(word, no))
    return (struct config_value){.type = VALUE_BOOLEAN,
                                 .boolean = is_among(word, yes)};
  if (is_number(word))
    return (struct config_value){.type = VALUE_NUMBER,
                                 .number = strtod(word, NULL)};
  return (struct config_value){.type = VALUE_TEXT, .text = word};
}

static void add_value(struct tree_text *text, struct config_node *item,
                      struct config_value value) {
  char *expanded = NULL;
  if (value.type == VALUE_TEXT)
    value.text = expanded = text->expand(item->key, value.text);
  FUZZ_CHECK(config_node_add_value(item, &value));
  free(expanded);
}

static void read_value(struct tree_text *text, struct config_node *item) {
  char *word;
  if (*text->at == '"') {
    word = read_quoted(text);
    add_value(text, item,
              (struct config_value){.type = VALUE_TEXT, .text = word});
  } else {
    const char *from = text->at;
    while (text->at < text->end && !at_any(text, " \t\r\n\"#<>"))
      text->at++;
    word = cut_out(from, text->at);
    add_value(text, item, word_value(word));
  }
  free(word);
}

/* The values up to the line's end, or to the `>` of a block's begin. */
static void read_values(struct tree_text *text, struct config_node *item) {
  while (text->at < text->end && !at_any(text, "\n#<>")) {
    if (at_any(text, " \t\r"))
      text->at++;
    else
      read_value(text, item);
  }
}

static struct config_node *named(char *name) {
  struct config_node *node = config_node_new(name);
  FUZZ_CHECK(node != NULL);
  return node;
}

static void read_item(struct tree_text *text, struct config_node *block,
                      unsigned depth) {
  bool is_block = *text->at == '<';
  text->at += is_block;
  char *name = read_name(text);
  struct config_node *item = named(name);
  free(name);
  read_values(text, item);
  skip_line(text);
  if (is_block)
    read_block(text, item, depth + 1);
  if (item->key[0] == '\0' ||
      (item->value_count == 0 && item->children == NULL))
    config_node_free(item);
  else
    config_node_add_child(block, item);
}

static void read_block(struct tree_text *text, struct config_node *block,
                       unsigned depth) {
  while (text->at < text->end) {
    if (at_any(text, " \t\r\n")) {
      text->at++;
    } else if (*text->at == '#' || depth > DEPTH_MAX) {
      skip_line(text);
    } else if (*text->at == '<' && text->at + 1 < text->end &&
               text->at[1] == '/') {
      skip_line(text);
      return;
    } else {
      read_item(text, block, depth);
    }
  }
}

struct config_node *tree_read(struct tree_text *text) {
  char name[] = "Plugin";
  struct config_node *block = named(name);
  read_block(text, block, 0);
  return block;
}
