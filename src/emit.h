/* From the state of a relay to collectd's values. */
#ifndef HOLYSHEEP_EMIT_H
#define HOLYSHEEP_EMIT_H

#include "state.h"

#include <stddef.h>

/* Registers a data set for each part of each family. To be called first. */
void emit_register_types(void);

/* Dispatches all that there is of the relay, with one time stamp; `interval`
 * is how long that is to count as fresh, in seconds. Returns how many series
 * there were. */
size_t emit_relay(const struct relay_state *relay, double interval);

#endif
