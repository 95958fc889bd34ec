/* The probes of a relay, by the table of their kinds. */
#ifndef HOLYSHEEP_CONFIG_PROBE_H
#define HOLYSHEEP_CONFIG_PROBE_H

#include "config/config_reading.h"

/* Reads the block of a probe of the relay. */
config_block_reader config_probe_read;

/* Fills in what the blocks do not say, probes where there is none included, and
 * checks that they go together. */
bool config_probe_complete(const struct config_reading *reading,
                           struct error *error);

#endif
