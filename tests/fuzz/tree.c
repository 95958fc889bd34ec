#include "tree.h"

#include "fuzz.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 8 }; /* the plugin's blocks have three levels */

static void read_block(struct tree_text *text, oconfig_item_t *block,
                       unsigned depth);

/* Makes place for one more at the end of a list. */
static void *grow(void *list, int *count, size_t size) {
  char *more = realloc(list, (size_t)(*count + 1) * size);
  FUZZ_CHECK(more != NULL);
  memset(more + (size_t)*count * size, 0, size);
  ++*count;
  return more;
}

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

static oconfig_value_t
word_value(const char *word, char *(*expand)(const char *key, const char *text),
           const char *key) {
  static const char *const yes[] = {"true", "yes", "on"};
  static const char *const no[] = {"false", "no", "off"};
  oconfig_value_t value = {.type = OCONFIG_TYPE_BOOLEAN};
  value.value.boolean = is_among(word, yes);
  if (value.value.boolean || is_among(word, no))
    return value;
  if (is_number(word)) {
    value.type = OCONFIG_TYPE_NUMBER;
    value.value.number = strtod(word, NULL);
  } else {
    value.type = OCONFIG_TYPE_STRING;
    value.value.string = expand(key, word);
  }
  return value;
}

static oconfig_value_t read_value(struct tree_text *text, const char *key) {
  oconfig_value_t value = {.type = OCONFIG_TYPE_STRING};
  char *word;
  if (*text->at == '"') {
    word = read_quoted(text);
    value.value.string = text->expand(key, word);
  } else {
    const char *from = text->at;
    while (text->at < text->end && !at_any(text, " \t\r\n\"#<>"))
      text->at++;
    word = cut_out(from, text->at);
    value = word_value(word, text->expand, key);
  }
  free(word);
  return value;
}

/* The values up to the line's end, or to the `>` of a block's begin. */
static void read_values(struct tree_text *text, oconfig_item_t *item) {
  while (text->at < text->end && !at_any(text, "\n#<>")) {
    if (at_any(text, " \t\r")) {
      text->at++;
      continue;
    }
    item->values = grow(item->values, &item->values_num, sizeof *item->values);
    item->values[item->values_num - 1] = read_value(text, item->key);
  }
}

static void read_item(struct tree_text *text, oconfig_item_t *block,
                      unsigned depth) {
  bool is_block = *text->at == '<';
  oconfig_item_t item = {0};
  text->at += is_block;
  item.key = read_name(text);
  read_values(text, &item);
  skip_line(text);
  if (is_block)
    read_block(text, &item, depth + 1);
  if (item.key[0] == '\0' || (item.values_num == 0 && item.children_num == 0)) {
    tree_free(&item);
    return;
  }
  block->children =
      grow(block->children, &block->children_num, sizeof *block->children);
  block->children[block->children_num - 1] = item;
}

static void read_block(struct tree_text *text, oconfig_item_t *block,
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

void tree_read(struct tree_text *text, oconfig_item_t *block) {
  *block = (oconfig_item_t){.key = strdup("Plugin")};
  FUZZ_CHECK(block->key != NULL);
  read_block(text, block, 0);
}

void tree_free(oconfig_item_t *block) {
  for (int i = 0; i < block->children_num; i++)
    tree_free(&block->children[i]);
  for (int i = 0; i < block->values_num; i++)
    if (block->values[i].type == OCONFIG_TYPE_STRING)
      free(block->values[i].value.string);
  free(block->children);
  free(block->values);
  free(block->key);
}
