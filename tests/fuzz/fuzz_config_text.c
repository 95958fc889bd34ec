/* The text of a configuration. Writing the parsed blocks and parsing them again
 * must give the same result. */
#include "config/config_text.h"
#include "fuzz.h"

#include <string.h>

const char *const fuzz_name = "config_text";

/* --- writing ------------------------------------------------------------- */

static void write_value(FILE *out, const struct config_value *value) {
  if (value->type == VALUE_BOOLEAN) {
    fprintf(out, " %s", value->boolean ? "on" : "off");
  } else if (value->type == VALUE_NUMBER) {
    /* Infinity results from too many digits. */
    fprintf(out,
            value->number - value->number == 0 ? " %.17e"
            : value->number > 0                ? " 1.0e+999"
                                               : " -1.0e+999",
            value->number);
  } else {
    fputs(" \"", out);
    for (const char *p = value->text; *p != '\0'; p++)
      fprintf(out, *p == '"' || *p == '\\' ? "\\%c" : "%c", *p);
    fputs("\"", out);
  }
}

static void write_node(FILE *out, const struct config_node *node) {
  fprintf(out, node->children != NULL ? "<%s" : "%s", node->key);
  for (size_t i = 0; i < node->value_count; i++)
    write_value(out, &node->values[i]);
  fputs(node->children != NULL ? ">\n" : "\n", out);
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next)
    write_node(out, child);
  if (node->children != NULL)
    fprintf(out, "</%s>\n", node->key);
}

static struct config_node *reparse(const struct config_node *root) {
  char *text = NULL;
  size_t length;
  struct error error;
  FILE *out = open_memstream(&text, &length);
  FUZZ_CHECK(out != NULL);
  for (const struct config_node *node = root->children; node != NULL;
       node = node->next)
    write_node(out, node);
  FUZZ_CHECK(fclose(out) == 0);
  struct config_node *reparsed =
      config_text_parse("again", text, length, &error);
  FUZZ_CHECK(reparsed != NULL);
  free(text);
  return reparsed;
}

/* --- comparing ----------------------------------------------------------- */

static void check_values(const struct config_node *node,
                         const struct config_node *reparsed) {
  FUZZ_CHECK(node->value_count == reparsed->value_count);
  for (size_t i = 0; i < node->value_count; i++) {
    const struct config_value *a = &node->values[i], *b = &reparsed->values[i];
    FUZZ_CHECK(a->type == b->type);
    FUZZ_CHECK(a->type != VALUE_BOOLEAN || a->boolean == b->boolean);
    FUZZ_CHECK(a->type != VALUE_NUMBER || a->number == b->number);
    FUZZ_CHECK(a->type != VALUE_TEXT || strcmp(a->text, b->text) == 0);
  }
}

static void check_children(const struct config_node *node,
                           const struct config_node *reparsed, unsigned depth) {
  const struct config_node *child = node->children, *other = reparsed->children;
  FUZZ_CHECK(depth <= CONFIG_DEPTH_MAX + 1);
  for (; child != NULL; child = child->next, other = other->next) {
    FUZZ_CHECK(other != NULL && strcmp(child->key, other->key) == 0);
    FUZZ_CHECK(child->key[0] != '\0' && child->line > 0);
    FUZZ_CHECK(child->value_count > 0 || child->children != NULL);
    check_values(child, other);
    check_children(child, other, depth + 1);
  }
  FUZZ_CHECK(other == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct error error;
  struct config_node *root =
      config_text_parse("input", (const char *)data, size, &error);
  if (root == NULL) {
    /* The message names blocks, and the input may use a secret as a name. */
    if (!fuzz_has_secret((const char *)data, size))
      fuzz_check_text(error.text);
    return 0;
  }
  struct config_node *reparsed = reparse(root);
  check_children(root, reparsed, 0);
  config_node_free(reparsed);
  config_node_free(root);
  return 0;
}
