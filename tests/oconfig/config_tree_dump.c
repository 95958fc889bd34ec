/* Dumps how holysheep-check parses a configuration; oconfig.c does the same
 * for collectd.
 *
 * usage: config-tree-dump FILE.conf ...: writes each to FILE.ours
 *        config-tree-dump --blocks FILE: the <Plugin oconfig> blocks of a file
 *        and of what it includes, to standard output */
#include "config/config_file.h"
#include "config/config_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static void print_value(FILE *out, const struct config_value *value) {
  if (value->type == VALUE_NUMBER) {
    fprintf(out, " %.17g", value->number);
  } else if (value->type == VALUE_BOOLEAN) {
    fprintf(out, " %s", value->boolean ? "true" : "false");
  } else {
    fputs(" \"", out);
    for (const char *p = value->text; *p != '\0'; p++)
      fprintf(out, "%02x", (unsigned char)*p);
    fputs("\"", out);
  }
}

static void print(FILE *out, const struct config_node *node, int depth) {
  fprintf(out, "%*s%s", depth, "", node->key);
  for (size_t i = 0; i < node->value_count; i++)
    print_value(out, &node->values[i]);
  fputs("\n", out);
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next)
    print(out, child, depth + 1);
}

static char *read_whole(const char *path, size_t *length) {
  struct stat about;
  FILE *file = fopen(path, "r");
  if (file == NULL || fstat(fileno(file), &about) != 0)
    abort();
  size_t size = (size_t)about.st_size;
  char *text = malloc(size + 1);
  *length = text != NULL ? fread(text, 1, size, file) : 0;
  fclose(file);
  return text;
}

static void dump(const char *path) {
  char name[4096];
  struct error error;
  size_t length;
  char *text = read_whole(path, &length);
  snprintf(name, sizeof name, "%.*s.ours",
           (int)(strlen(path) - strlen(".conf")), path);
  FILE *out = fopen(name, "w");
  struct config_node *root = config_text_parse(path, text, length, &error);
  if (out == NULL)
    abort();
  if (root == NULL)
    fprintf(out, "refused\n%s\n", error.text);
  else
    print(out, root, 0);
  config_node_free(root);
  fclose(out);
  free(text);
}

static void warn(const char *line) { fprintf(stderr, "warning: %s\n", line); }

static int dump_blocks(const char *path) {
  struct config_file file;
  struct error error;
  bool ok = config_file_read(&file, path, warn, &error);
  if (!ok)
    fprintf(stderr, "%s\n", error.text);
  for (const struct config_node *node = ok ? file.root->children : NULL;
       node != NULL; node = node->next)
    if (strcasecmp(node->key, "Plugin") == 0 && node->value_count > 0 &&
        node->values[0].type == VALUE_TEXT &&
        strcasecmp(node->values[0].text, "oconfig") == 0)
      print(stdout, node, 0);
  config_file_free(&file);
  return ok ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "--blocks") == 0)
    return dump_blocks(argv[2]);
  for (int i = 1; i < argc; i++)
    dump(argv[i]);
  return 0;
}
