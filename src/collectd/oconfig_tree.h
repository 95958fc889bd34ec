/* Converts collectd's configuration items to this plugin's tree. */
#ifndef HOLYSHEEP_OCONFIG_TREE_H
#define HOLYSHEEP_OCONFIG_TREE_H

#include "base/error.h"
#include "config/config_tree.h"

#include <liboconfig/oconfig.h>

/* Makes a copy, which the caller frees. On error, returns NULL. */
struct config_node *oconfig_tree(const oconfig_item_t *item,
                                 struct error *error);

#endif
