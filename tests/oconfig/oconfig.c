/* A plugin that dumps how collectd itself parses a configuration. It parses
 * each .conf file in the folder OCONFIG_FOLDER and writes the result to a file
 * beside it that ends in .collectd; and it appends each <Plugin oconfig> block
 * that it gets from collectd to the file OCONFIG_BLOCKS. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <liboconfig/oconfig.h>

/* From collectd's plugin.h. */
int plugin_register_complex_config(const char *type,
                                   int (*callback)(oconfig_item_t *));
void module_register(void);

static void print_value(FILE *out, const oconfig_value_t *value) {
  if (value->type == OCONFIG_TYPE_NUMBER) {
    fprintf(out, " %.17g", value->value.number);
  } else if (value->type == OCONFIG_TYPE_BOOLEAN) {
    fprintf(out, " %s", value->value.boolean ? "true" : "false");
  } else {
    fputs(" \"", out);
    for (const char *p = value->value.string; *p != '\0'; p++)
      fprintf(out, "%02x", (unsigned char)*p);
    fputs("\"", out);
  }
}

static void print(FILE *out, const oconfig_item_t *item, int depth) {
  fprintf(out, "%*s%s", depth, "", item->key != NULL ? item->key : "");
  for (int i = 0; i < item->values_num; i++)
    print_value(out, &item->values[i]);
  fputs("\n", out);
  for (int i = 0; i < item->children_num; i++)
    print(out, &item->children[i], depth + 1);
}

static FILE *open_beside(const char *path) {
  char name[4096];
  snprintf(name, sizeof name, "%.*s.collectd",
           (int)(strlen(path) - strlen(".conf")), path);
  FILE *out = fopen(name, "w");
  if (out == NULL)
    abort();
  return out;
}

/* In a child process, because the parser is unusable after an error. */
static void parse(const char *path) {
  int status;
  pid_t child = fork();
  if (child == 0) {
    FILE *out = open_beside(path);
    const oconfig_item_t *root = oconfig_parse_file(path);
    if (root == NULL)
      fputs("refused\n", out);
    else
      print(out, root, 0);
    fclose(out);
    _exit(0);
  }
  waitpid(child, &status, 0);
}

static void parse_folder(const char *folder) {
  char path[4096];
  DIR *entries = opendir(folder);
  if (entries == NULL)
    abort();
  for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    const char *dot = strrchr(entry->d_name, '.');
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (dot != NULL && strcmp(dot, ".conf") == 0)
      parse(path);
  }
  closedir(entries);
}

static int configure(oconfig_item_t *block) {
  FILE *out = fopen(getenv("OCONFIG_BLOCKS"), "a");
  if (out == NULL)
    return -1;
  print(out, block, 0);
  return fclose(out);
}

void module_register(void) {
  if (getenv("OCONFIG_FOLDER") != NULL)
    parse_folder(getenv("OCONFIG_FOLDER"));
  plugin_register_complex_config("oconfig", configure);
}
