/* Makes settings from a tree of configuration items. */
#ifndef HOLYSHEEP_CONFIG_SETTINGS_H
#define HOLYSHEEP_CONFIG_SETTINGS_H

#include "base/error.h"
#include "config/config_tree.h"
#include "model/files.h"
#include "model/settings.h"
#include "model/url.h"

#include <stdbool.h>

/* The caller that reads a configuration. */
struct config_reader {
  config_warn *warn;
  const struct files *files; /* for the keys */
  const struct url_rules *urls;
  bool check_only; /* not in collectd's environment: an unset variable is only
                      worth a warning */
  const struct config_node *at; /* set to what a warning or error is about */
};

/* Adds a <Plugin holysheep> block to `settings`, whose `interval` must be set.
 * Reads the keys to check them, but starts nothing. On a mistake, returns
 * false; `settings` may then only be freed. */
bool config_settings_read(const struct config_node *block,
                          struct settings *settings,
                          struct config_reader *reader, struct error *error);

#endif
