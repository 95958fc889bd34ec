/* What a configuration of collectd comes to for the plugin. */
#ifndef HOLYSHEEP_CONFIG_CHECK_H
#define HOLYSHEEP_CONFIG_CHECK_H

#include "base/error.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stdio.h>

/* Fills `settings`, all zero, as the plugin would; StateFile is a whole path
 * then. What is odd is written to `report`, a line each; so is a variable that
 * is not set, if it is a rehearsal. False and a line with its place on a
 * mistake. settings_free() is due in either case. */
bool check_config_read(const char *path, bool rehearsal, FILE *report,
                       struct settings *settings, struct error *error);

#endif
