/* A configuration as a tree of keys, values and blocks, whoever read it: the
 * plugin turns collectd's own items into one, config_text.c a text. */
#ifndef HOLYSHEEP_CONFIG_TREE_H
#define HOLYSHEEP_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>

enum {
  CONFIG_DEPTH_MAX = 64
}; /* of blocks in one another; what walks over a
      tree may call itself so often */

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
  const char *file;         /* where it stands; NULL: that is not known */
  unsigned line;
};

/* Tells something that is odd but no mistake. */
typedef void config_warn(const char *line);

/* NULL without memory. */
struct config_node *config_node_new(const char *key);

/* Adds a value; the text is copied. False without memory. */
bool config_node_add_value(struct config_node *node,
                           const struct config_value *value);

/* Puts `child` and what follows it, which `parent` owns from now on, behind its
 * other children. */
void config_node_add_child(struct config_node *parent,
                           struct config_node *child);

/* With all that it contains. */
void config_node_free(struct config_node *node);

#endif
