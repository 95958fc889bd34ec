/* From the state of a relay to collectd's values. */
#ifndef HOLYSHEEP_DISPATCH_H
#define HOLYSHEEP_DISPATCH_H

#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

/* Registers a data set for each part of each family. To be called first. */
void dispatch_register_types(void);

/* Dispatches all that there is of the relay, with one time stamp; `interval`
 * is how long that is to count as fresh. Returns how many series
 * there were. */
size_t dispatch_relay(const struct relay_state *relay, usec interval);

/* Whether what was dispatched of the relay for the first time has come out of
 * collectd's write queue. */
bool dispatch_has_arrived(const struct relay_state *relay);

#endif
