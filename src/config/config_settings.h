/* From the configuration to settings. */
#ifndef HOLYSHEEP_CONFIG_SETTINGS_H
#define HOLYSHEEP_CONFIG_SETTINGS_H

#include "base/error.h"
#include "config/config_tree.h"
#include "model/files.h"
#include "model/settings.h"
#include "model/url.h"

#include <stdbool.h>

/* Who reads a configuration. */
struct config_reader {
  config_warn *warn;
  const struct files *files; /* for the keys */
  const struct url_rules *urls;
  bool rehearsal; /* collectd has another environment: a variable that is not
                     set is odd, not a mistake */
  const struct config_node *at; /* what a warning or a mistake is about */
};

/* Adds what one <Plugin holysheep> block says to `settings` (of which
 * `interval` has to be set), the keys read included. Starts nothing. On a
 * mistake, false and one line; `settings` may then only be freed. */
bool config_read(const struct config_node *block, struct settings *settings,
                 struct config_reader *reader, struct error *error);

#endif
