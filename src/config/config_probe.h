/* Reads the probes of a relay, by the table of probe kinds. */
#ifndef HOLYSHEEP_CONFIG_PROBE_H
#define HOLYSHEEP_CONFIG_PROBE_H

#include "config/config_context.h"

/* Reads the block of a probe. */
config_block_reader config_probe_read;

/* Fills in defaults (including the probes, if there are none), and checks that
 * the current relay's probes are consistent. */
bool config_probe_complete(const struct config_context *context,
                           struct error *error);

#endif
