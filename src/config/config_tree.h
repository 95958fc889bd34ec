/* A configuration as a tree of keys, values and blocks. oconfig_tree.c makes
 * one of collectd's own, config_text.c of a text. */
#ifndef HOLYSHEEP_CONFIG_TREE_H
#define HOLYSHEEP_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* Nested blocks at most, and so the depth of recursion over a tree. */
enum { CONFIG_DEPTH_MAX = 64 };

enum config_value_type { VALUE_TEXT, VALUE_NUMBER, VALUE_BOOLEAN };

struct config_value {
  enum config_value_type type;
  union {
    const char *text;
    double number;
    bool boolean;
  };
};

/* `key value ...`, or a block: `<key value ...>` and what it contains. */
struct config_node {
  const char *key;
  struct config_value *values;
  size_t value_count;
  struct config_node *children, *last_child;
  struct config_node *next; /* within the same block */
  const char *file;         /* NULL: not known */
  unsigned line;
};

/* Receives a warning: something odd that is not an error. */
typedef void config_warn(const char *line);

/* NULL if out of memory. */
struct config_node *config_node_new(const char *key);

/* Adds a copy of a value and its text. False if out of memory. */
bool config_node_add_value(struct config_node *node,
                           const struct config_value *value);

/* Appends `child` and its next siblings, which `parent` then owns. */
void config_node_add_child(struct config_node *parent,
                           struct config_node *child);

/* Frees a node and everything below it. May be NULL. */
void config_node_free(struct config_node *node);

#endif
