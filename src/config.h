/* From the configuration to settings. */
#ifndef HOLYSHEEP_CONFIG_H
#define HOLYSHEEP_CONFIG_H

#include "config_tree.h"
#include "error.h"
#include "settings.h"

#include <stdbool.h>

/* Adds what one <Plugin holysheep> block says to `settings` (of which
 * `interval` has to be set), the keys read included. Starts nothing. On a
 * mistake, false and one line; `settings` may then only be freed. */
bool config_read(const struct config_node *block, struct settings *settings,
                 config_warn *warn, struct error *error);

#endif
