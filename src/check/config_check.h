/* Reads collectd's configuration as far as it concerns the plugin. */
#ifndef HOLYSHEEP_CONFIG_CHECK_H
#define HOLYSHEEP_CONFIG_CHECK_H

#include "base/error.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stdio.h>

/* Fills `settings`, which must be all zero, as the plugin would; StateFile
 * becomes an absolute path. Warnings are written to `report`, a line each; with
 * `check_only`, an unset variable is only a warning. On a mistake, returns
 * false; the error says where it is. Either way, call settings_free()
 * afterwards. */
bool config_check_read(const char *path, bool check_only, FILE *report,
                       struct settings *settings, struct error *error);

#endif
