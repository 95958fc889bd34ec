/* collectd's configuration language, as liboconfig reads it: what it drops is
 * dropped, what it refuses is refused. */
#ifndef HOLYSHEEP_CONFIG_TEXT_H
#define HOLYSHEEP_CONFIG_TEXT_H

#include "base/error.h"
#include "config/config_tree.h"

#include <stddef.h>

/* The tree of a text; what stands in it are the root's children. `name` is
 * where it comes from, for messages and for the nodes, which keep it. NULL and
 * a line that says what would be right, and quotes no value, where there is a
 * mistake. */
struct config_node *config_text_read(const char *name, const char *text,
                                     size_t length, struct error *error);

#endif
