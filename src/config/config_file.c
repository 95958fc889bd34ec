#include "config/config_file.h"

#include "config/config_text.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <wordexp.h>

enum {
  DEPTH_MAX = 8,               /* of includes, as in collectd */
  NAME_SIZE = 1024,            /* of a path in a directory, as in collectd */
  PATHS_MAX = 10000,           /* symbolic links may form loops */
  BYTES_MAX = 8 * 1024 * 1024, /* of all files together */
};

/* The name of a file, which its nodes point to. */
struct config_file_name {
  struct config_file_name *next;
  char text[];
};

/* The result for a path. If a filter excludes a file, collectd skips it in a
 * directory, but fails if the Include names the file itself. */
enum read_status { READ_OK, READ_FILTERED, READ_FAILED };

/* The Include that is being read, or the file at the top. */
struct include {
  struct config_file *file;
  const char *filter; /* NULL: none */
  unsigned depth;
  struct error *error;
};

static enum read_status read_pattern(const struct include *include,
                                     const char *pattern,
                                     struct config_node *into);

static enum read_status no_memory(const struct include *include) {
  error_set(include->error, "out of memory");
  return READ_FAILED;
}

/* For a path that collectd ignores after logging it. */
static void warn(const struct include *include, const char *path,
                 const char *why) {
  struct error line;
  error_set(&line, "%s: %s", path, why);
  include->file->warn(line.text);
}

/* --- reading a file ------------------------------------------------------ */

static const char *intern_name(struct config_file *file, const char *text) {
  struct config_file_name *name = malloc(sizeof *name + strlen(text) + 1);
  if (name == NULL)
    return NULL;
  strcpy(name->text, text);
  name->next = file->names;
  file->names = name;
  return name->text;
}

static char *read_stream(FILE *stream, size_t max, size_t *length) {
  char *text = NULL;
  size_t capacity = 0, count;
  *length = 0;
  do {
    if (*length == capacity) {
      char *more = realloc(text, capacity = 2 * capacity + 4096);
      if (more == NULL) {
        free(text);
        return NULL;
      }
      text = more;
    }
    count = fread(text + *length, 1, capacity - *length, stream);
    *length += count;
  } while (count > 0 && *length <= max);
  return text;
}

static char *read_text(const struct include *include, const char *path,
                       size_t *length) {
  struct config_file *file = include->file;
  FILE *stream = fopen(path, "r");
  if (stream == NULL) {
    error_set(include->error, "%s: cannot be read: %s", path, strerror(errno));
    return NULL;
  }
  char *text = read_stream(stream, BYTES_MAX - file->bytes, length);
  bool failed = ferror(stream) != 0;
  fclose(stream);
  file->bytes += *length;
  if (text != NULL && !failed && file->bytes <= BYTES_MAX)
    return text;
  error_set(include->error, "%s: %s", path,
            text == NULL ? "out of memory"
            : failed     ? "cannot be read"
                         : "the configuration is larger than 8 MiB in total");
  free(text);
  return NULL;
}

/* --- includes ------------------------------------------------------------ */

static bool fail(const struct include *include, const struct config_node *node,
                 const char *message) {
  return error_set(include->error, "%s:%u: Include: %s", node->file, node->line,
                   message);
}

static bool read_filter(const struct include *include,
                        const struct config_node *node, const char **filter) {
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next) {
    if (strcasecmp(child->key, "Filter") != 0)
      return fail(include, child, "only Filter is allowed in the block");
    if (child->value_count != 1 || child->values[0].type != VALUE_TEXT)
      return fail(include, child,
                  "Filter: requires one pattern in quotes, such as \"*.conf\"");
    *filter = child->values[0].text;
  }
  return true;
}

static bool read_include(const struct include *outer,
                         const struct config_node *node,
                         struct config_node *into) {
  struct include include = *outer;
  include.filter = NULL;
  include.depth++;
  if (node->value_count != 1 || node->values[0].type != VALUE_TEXT)
    return fail(outer, node, "requires one path in quotes");
  if (!read_filter(outer, node, &include.filter))
    return false;
  if (include.depth == DEPTH_MAX)
    return fail(outer, node, "files are included more than 8 levels deep");
  enum read_status status = read_pattern(&include, node->values[0].text, into);
  if (status == READ_FILTERED)
    return fail(outer, node,
                "Filter excludes the file, and then collectd does not start");
  return status == READ_OK;
}

static void move_children(struct config_node *outer, struct config_node *into) {
  if (outer->children != NULL)
    config_node_add_child(into, outer->children);
  outer->children = NULL;
}

/* Moves the statements of a file into another node; each Include is replaced by
 * the statements that it includes. */
static bool expand_includes(const struct include *include,
                            struct config_node *outer,
                            struct config_node *into) {
  bool ok = true;
  while (outer->children != NULL && ok) {
    struct config_node *node = outer->children;
    outer->children = node->next;
    node->next = NULL;
    if (strcasecmp(node->key, "Include") != 0) {
      config_node_add_child(into, node);
      continue;
    }
    ok = read_include(include, node, into);
    config_node_free(node);
  }
  return ok;
}

static bool passes_filter(const struct include *include, const char *path) {
  const char *slash = strrchr(path, '/');
  return include->filter == NULL ||
         fnmatch(include->filter, slash != NULL ? slash + 1 : path, 0) == 0;
}

static enum read_status read_file(const struct include *include,
                                  const char *path, struct config_node *into) {
  size_t length;
  if (!passes_filter(include, path))
    return READ_FILTERED;
  const char *name = intern_name(include->file, path);
  if (name == NULL)
    return no_memory(include);
  char *text = read_text(include, path, &length);
  struct config_node *root =
      text != NULL ? config_text_parse(name, text, length, include->error)
                   : NULL;
  free(text);
  bool ok = root != NULL && expand_includes(include, root, into);
  config_node_free(root);
  return ok ? READ_OK : READ_FAILED;
}

/* --- directories --------------------------------------------------------- */

static int is_visible(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* By byte value; alphasort() does that only in the C locale. */
static int compare_names(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static enum read_status read_entry(const struct include *include,
                                   const char *directory, const char *name,
                                   struct config_node *into) {
  char path[NAME_SIZE];
  int length = snprintf(path, sizeof path, "%s/%s", directory, name);
  if (length < 0 || (size_t)length >= sizeof path) {
    error_set(include->error, "%.200s...: the path is too long for collectd",
              path);
    return READ_FAILED;
  }
  return read_pattern(include, path, into);
}

static enum read_status read_directory(const struct include *include,
                                       const char *directory,
                                       struct config_node *into) {
  struct dirent **entries;
  int count = scandir(directory, &entries, is_visible, compare_names);
  enum read_status status = READ_OK;
  if (count < 0) {
    error_set(include->error, "%s: cannot be read: %s", directory,
              strerror(errno));
    return READ_FAILED;
  }
  for (int i = 0; i < count; i++) {
    if (status != READ_FAILED)
      status = read_entry(include, directory, entries[i]->d_name, into);
    free(entries[i]);
  }
  free(entries);
  return status == READ_FAILED ? READ_FAILED : READ_OK;
}

/* --- paths and patterns -------------------------------------------------- */

static enum read_status read_path(const struct include *include,
                                  const char *path, struct config_node *into) {
  struct stat info;
  if (++include->file->paths > PATHS_MAX) {
    error_set(include->error, "%s: more than %d files", path, PATHS_MAX);
    return READ_FAILED;
  }
  if (stat(path, &info) != 0) {
    warn(include, path, strerror(errno));
    return READ_OK;
  }
  if (S_ISREG(info.st_mode))
    return read_file(include, path, into);
  if (S_ISDIR(info.st_mode))
    return read_directory(include, path, into);
  warn(include, path, "is neither a file nor a directory");
  return READ_OK;
}

static int compare_words(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum read_status read_words(const struct include *include,
                                   const wordexp_t *words,
                                   struct config_node *into) {
  struct config_node *nodes = config_node_new("");
  if (nodes == NULL)
    return no_memory(include);
  enum read_status status = READ_OK;
  for (size_t i = 0; i < words->we_wordc && status == READ_OK; i++)
    status = read_path(include, words->we_wordv[i], nodes);
  if (status == READ_OK)
    move_children(nodes, into);
  config_node_free(nodes);
  return status;
}

/* Expands wildcards, variables and a tilde like a shell. */
static enum read_status read_pattern(const struct include *include,
                                     const char *pattern,
                                     struct config_node *into) {
  wordexp_t words;
  int error = wordexp(pattern, &words, WRDE_NOCMD);
  if (error != 0) {
    error_set(
        include->error,
        "Include \"%.200s\": must be a path as in a shell, without commands",
        pattern);
    if (error == WRDE_NOSPACE)
      wordfree(&words);
    return READ_FAILED;
  }
  qsort(words.we_wordv, words.we_wordc, sizeof *words.we_wordv, compare_words);
  enum read_status status = read_words(include, &words, into);
  wordfree(&words);
  return status;
}

/* --- the whole configuration --------------------------------------------- */

bool config_file_read(struct config_file *file, const char *path,
                      config_warn *on_warning, struct error *error) {
  struct include include = {.file = file, .error = error};
  struct stat info;
  *file = (struct config_file){.root = config_node_new(""), .warn = on_warning};
  if (file->root == NULL)
    return error_set(error, "out of memory");
  if (stat(path, &info) != 0)
    return error_set(error, "%s: %s", path, strerror(errno));
  if (read_path(&include, path, file->root) != READ_OK)
    return false;
  return file->root->children != NULL || error_set(error, "%s: is empty", path);
}

void config_file_free(struct config_file *file) {
  for (struct config_file_name *name = file->names, *next; name != NULL;
       name = next) {
    next = name->next;
    free(name);
  }
  config_node_free(file->root);
}
