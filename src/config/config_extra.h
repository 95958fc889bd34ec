/* Checks Extra, the members that are added to the body of a request. */
#ifndef HOLYSHEEP_CONFIG_EXTRA_H
#define HOLYSHEEP_CONFIG_EXTRA_H

#include "base/error.h"
#include "model/probe_settings.h"

#include <stdbool.h>

/* It must be a JSON object with members that the request does not have
 * anyway. The other settings must be complete. */
bool config_extra_check(const struct probe_settings *probe,
                        struct error *error);

#endif
