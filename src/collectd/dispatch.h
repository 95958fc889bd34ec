/* Dispatches the state of a relay as collectd's values. */
#ifndef HOLYSHEEP_DISPATCH_H
#define HOLYSHEEP_DISPATCH_H

#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

/* Registers a data set for each suffix of each family. To be called first. */
void dispatch_register_types(void);

/* Dispatches all values of the relay, with one time stamp. `interval` is when
 * the next ones are due. Returns the number of series. */
size_t dispatch_relay(const struct relay_state *relay, usec interval);

/* Whether the relay's first values have passed collectd's write queue. */
bool dispatch_has_arrived(const struct relay_state *relay);

#endif
