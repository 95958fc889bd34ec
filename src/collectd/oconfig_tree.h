/* collectd's items as a tree of our own. */
#ifndef HOLYSHEEP_OCONFIG_TREE_H
#define HOLYSHEEP_OCONFIG_TREE_H

#include "base/error.h"
#include "config/config_tree.h"

#include <liboconfig/oconfig.h>

/* A copy, which is the caller's. NULL and an error where it cannot be made. */
struct config_node *oconfig_tree(const oconfig_item_t *item,
                                 struct error *error);

#endif
