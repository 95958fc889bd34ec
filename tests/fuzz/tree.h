/* A configuration's text as collectd's parser would give it to a plugin. That
 * parser is a part of the daemon and cannot be linked; this one knows the same
 * language, but passes over what the daemon would refuse. */
#ifndef HOLYSHEEP_FUZZ_TREE_H
#define HOLYSHEEP_FUZZ_TREE_H

#include "config_tree.h"

struct tree_text {
  const char *at, *end;
  char *(*expand)(const char *key, const char *text); /* a string's value */
};

/* Reads the items up to the end of a block, or of the text. The block is the
 * caller's; the strings come from `expand`. */
struct config_node *tree_read(struct tree_text *text);

#endif
