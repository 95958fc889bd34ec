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
  NAME_SIZE = 1024,            /* of a path below a folder, as in collectd */
  PATHS_MAX = 10000,           /* links may make a folder endless */
  BYTES_MAX = 8 * 1024 * 1024, /* of all files */
};

/* Of a file that nodes come from. */
struct config_name {
  struct config_name *next;
  char text[];
};

/* What a path gives. Where a filter does not let a file in, collectd goes on
 * with a folder's next one, but fails for a file that is named. */
enum given { GIVEN, FILTERED, FAILED };

/* What is asked for: all that matches, or what an Include names. */
struct include {
  struct config_file *file;
  const char *filter; /* NULL: none */
  unsigned depth;
  struct error *error;
};

static enum given read_pattern(const struct include *include,
                               const char *pattern, struct config_node *into);

static enum given no_memory(const struct include *include) {
  error_set(include->error, "no memory");
  return FAILED;
}

/* Of a path that collectd can do nothing with, and says so. */
static void warn(const struct include *include, const char *path,
                 const char *why) {
  struct error line;
  error_set(&line, "%s: %s", path, why);
  include->file->warn(line.text);
}

/* --- a file -------------------------------------------------------------- */

static const char *keep_name(struct config_file *file, const char *text) {
  struct config_name *name = malloc(sizeof *name + strlen(text) + 1);
  if (name == NULL)
    return NULL;
  strcpy(name->text, text);
  name->next = file->names;
  file->names = name;
  return name->text;
}

static char *read_stream(FILE *stream, size_t max, size_t *length) {
  char *text = NULL;
  size_t room = 0, got;
  *length = 0;
  do {
    if (*length == room) {
      char *more = realloc(text, room = 2 * room + 4096);
      if (more == NULL) {
        free(text);
        return NULL;
      }
      text = more;
    }
    got = fread(text + *length, 1, room - *length, stream);
    *length += got;
  } while (got > 0 && *length <= max);
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
  bool transport_error = ferror(stream) != 0;
  fclose(stream);
  file->bytes += *length;
  if (text != NULL && !transport_error && file->bytes <= BYTES_MAX)
    return text;
  error_set(include->error, "%s: %s", path,
            text == NULL ? "no memory"
            : transport_error
                ? "cannot be read"
                : "this is more than 8 MiB of configuration in all");
  free(text);
  return NULL;
}

/* --- includes ------------------------------------------------------------ */

static bool refuse(const struct include *include,
                   const struct config_node *node, const char *wanted) {
  return error_set(include->error, "%s:%u: Include: %s", node->file, node->line,
                   wanted);
}

static bool read_filter(const struct include *include,
                        const struct config_node *node, const char **filter) {
  for (const struct config_node *child = node->children; child != NULL;
       child = child->next) {
    if (strcasecmp(child->key, "Filter") != 0)
      return refuse(include, child, "Filter alone may stand in the block");
    if (child->value_count != 1 || child->values[0].type != VALUE_TEXT)
      return refuse(include, child,
                    "Filter: one pattern in quotes is needed, such as "
                    "\"*.conf\"");
    *filter = child->values[0].text;
  }
  return true;
}

static bool follow(const struct include *from, const struct config_node *node,
                   struct config_node *into) {
  struct include include = *from;
  include.filter = NULL;
  include.depth++;
  if (node->value_count != 1 || node->values[0].type != VALUE_TEXT)
    return refuse(from, node, "one path in quotes is needed");
  if (!read_filter(from, node, &include.filter))
    return false;
  if (include.depth == DEPTH_MAX)
    return refuse(from, node, "files include each other more than 8 deep");
  enum given given = read_pattern(&include, node->values[0].text, into);
  if (given == FILTERED)
    return refuse(from, node,
                  "Filter does not let the file in, and collectd does not "
                  "start then");
  return given == GIVEN;
}

static void move_children(struct config_node *from, struct config_node *into) {
  if (from->children != NULL)
    config_node_add_child(into, from->children);
  from->children = NULL;
}

/* Puts what a file says, and what its Includes give in their places, into
 * another node. */
static bool move_followed(const struct include *include,
                          struct config_node *from, struct config_node *into) {
  bool ok = true;
  while (from->children != NULL && ok) {
    struct config_node *node = from->children;
    from->children = node->next;
    node->next = NULL;
    if (strcasecmp(node->key, "Include") != 0) {
      config_node_add_child(into, node);
      continue;
    }
    ok = follow(include, node, into);
    config_node_free(node);
  }
  return ok;
}

static bool passes(const struct include *include, const char *path) {
  const char *slash = strrchr(path, '/');
  return include->filter == NULL ||
         fnmatch(include->filter, slash != NULL ? slash + 1 : path, 0) == 0;
}

static enum given read_file(const struct include *include, const char *path,
                            struct config_node *into) {
  size_t length;
  if (!passes(include, path))
    return FILTERED;
  const char *name = keep_name(include->file, path);
  if (name == NULL)
    return no_memory(include);
  char *text = read_text(include, path, &length);
  struct config_node *root =
      text != NULL ? config_text_read(name, text, length, include->error)
                   : NULL;
  free(text);
  bool ok = root != NULL && move_followed(include, root, into);
  config_node_free(root);
  return ok ? GIVEN : FAILED;
}

/* --- folders ------------------------------------------------------------- */

static int is_shown(const struct dirent *entry) {
  return entry->d_name[0] != '.';
}

/* In the order of bytes, which alphasort() keeps only in C's locale. */
static int in_order(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static enum given read_entry(const struct include *include, const char *folder,
                             const char *name, struct config_node *into) {
  char path[NAME_SIZE];
  int length = snprintf(path, sizeof path, "%s/%s", folder, name);
  if (length < 0 || (size_t)length >= sizeof path) {
    error_set(include->error, "%.200s...: the path is too long for collectd",
              path);
    return FAILED;
  }
  return read_pattern(include, path, into);
}

static enum given read_folder(const struct include *include, const char *folder,
                              struct config_node *into) {
  struct dirent **entries;
  int count = scandir(folder, &entries, is_shown, in_order);
  enum given given = GIVEN;
  if (count < 0) {
    error_set(include->error, "%s: cannot be read: %s", folder,
              strerror(errno));
    return FAILED;
  }
  for (int i = 0; i < count; i++) {
    if (given != FAILED)
      given = read_entry(include, folder, entries[i]->d_name, into);
    free(entries[i]);
  }
  free(entries);
  return given == FAILED ? FAILED : GIVEN;
}

/* --- what a path stands for ---------------------------------------------- */

static enum given read_path(const struct include *include, const char *path,
                            struct config_node *into) {
  struct stat about;
  if (++include->file->paths > PATHS_MAX) {
    error_set(include->error, "%s: more than %d files", path, PATHS_MAX);
    return FAILED;
  }
  if (stat(path, &about) != 0) {
    warn(include, path, strerror(errno));
    return GIVEN;
  }
  if (S_ISREG(about.st_mode))
    return read_file(include, path, into);
  if (S_ISDIR(about.st_mode))
    return read_folder(include, path, into);
  warn(include, path, "is neither a file nor a folder");
  return GIVEN;
}

static int compare_words(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum given read_words(const struct include *include,
                             const wordexp_t *words, struct config_node *into) {
  struct config_node *all = config_node_new("");
  if (all == NULL)
    return no_memory(include);
  enum given given = GIVEN;
  for (size_t i = 0; i < words->we_wordc && given == GIVEN; i++)
    given = read_path(include, words->we_wordv[i], all);
  if (given == GIVEN)
    move_children(all, into);
  config_node_free(all);
  return given;
}

/* As a shell expands words: wildcards, variables, a tilde. */
static enum given read_pattern(const struct include *include,
                               const char *pattern, struct config_node *into) {
  wordexp_t words;
  int status = wordexp(pattern, &words, WRDE_NOCMD);
  if (status != 0) {
    error_set(include->error,
              "Include \"%.200s\": a path as in a shell is needed, without "
              "commands",
              pattern);
    if (status == WRDE_NOSPACE)
      wordfree(&words);
    return FAILED;
  }
  qsort(words.we_wordv, words.we_wordc, sizeof *words.we_wordv, compare_words);
  enum given given = read_words(include, &words, into);
  wordfree(&words);
  return given;
}

/* --- all of it ----------------------------------------------------------- */

bool config_file_read(struct config_file *file, const char *path,
                      config_warn *warn_, struct error *error) {
  struct include include = {.file = file, .error = error};
  struct stat about;
  *file = (struct config_file){.root = config_node_new(""), .warn = warn_};
  if (file->root == NULL)
    return error_set(error, "no memory");
  if (stat(path, &about) != 0)
    return error_set(error, "%s: %s", path, strerror(errno));
  if (read_path(&include, path, file->root) != GIVEN)
    return false;
  return file->root->children != NULL ||
         error_set(error, "%s: there is nothing in it", path);
}

void config_file_free(struct config_file *file) {
  for (struct config_name *name = file->names, *next; name != NULL;
       name = next) {
    next = name->next;
    free(name);
  }
  config_node_free(file->root);
}
