/* Checks a value of the configuration against its row of the table, and stores
 * it in a struct of settings. */
#ifndef HOLYSHEEP_CONFIG_VALUE_H
#define HOLYSHEEP_CONFIG_VALUE_H

#include "base/error.h"
#include "config/config_items.h"
#include "config/config_tree.h"
#include "model/url.h"

#include <stdbool.h>

/* Stores the item's value in the member of `object` that its row names. The
 * error names the key, the value unless it is secret, and what would be right.
 */
bool config_value_store(const struct config_item *key,
                        const struct config_node *item,
                        const struct url_rules *urls, void *object,
                        struct error *error);

/* Stores the defaults of all keys of these scopes. */
bool config_value_defaults(unsigned scopes, void *object, struct error *error);

/* The single argument of a block, such as a relay's name. The caller frees
 * it. */
bool config_value_text(const struct config_node *item, size_t max, char **text,
                       struct error *error);

/* Replaces the string at `target`, which is freed, by a copy of `text`. */
bool config_value_copy(const char *text, char **target, struct error *error);

#endif
