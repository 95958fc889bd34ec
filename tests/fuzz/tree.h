/* A configuration's text as collectd's parser would give it to a plugin. That
 * parser is a part of the daemon and cannot be linked; this one knows the same
 * language, but passes over what the daemon would refuse. */
#ifndef HOLYSHEEP_FUZZ_TREE_H
#define HOLYSHEEP_FUZZ_TREE_H

#include <stddef.h>

#include <liboconfig/oconfig.h>

struct tree_text {
  const char *at, *end;
  char *(*expand)(const char *key, const char *text); /* a string's value */
};

/* Reads the items up to the end of the block that `block` is, or of the text.
 * All that is below it is owned by `block`; the strings come from `expand`. */
void tree_read(struct tree_text *text, oconfig_item_t *block);

void tree_free(oconfig_item_t *block);

#endif
