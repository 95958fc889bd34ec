/* One value of the configuration, checked against its row of the table and
 * stored in the struct of its scope. */
#ifndef HOLYSHEEP_CONFIG_VALUE_H
#define HOLYSHEEP_CONFIG_VALUE_H

#include "base/error.h"
#include "config/config_items.h"
#include "config/config_tree.h"
#include "model/url.h"

#include <stdbool.h>

/* Stores the item's value at its place in `object`. The error names the key,
 * the value where it is no secret, and what would be right. */
bool config_value_store(const struct config_item *key,
                        const struct config_node *item,
                        const struct url_rules *urls, void *object,
                        struct error *error);

/* Stores the defaults of all keys of these scopes. */
bool config_value_defaults(unsigned scopes, void *object, struct error *error);

/* The one text that an item has as its argument, such as a relay's name. */
bool config_value_text(const struct config_node *item, size_t max, char **text,
                       struct error *error);

/* Puts a copy of `text` into `place`, which owned what was there. */
bool config_value_copy(const char *text, char **place, struct error *error);

#endif
