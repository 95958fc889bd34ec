/* A sum over all that is published, to compare two runs. */
#ifndef HOLYSHEEP_SIM_TRACE_H
#define HOLYSHEEP_SIM_TRACE_H

#include "base/clock.h"
#include "state/metrics.h"

#include <stddef.h>
#include <stdint.h>

/* Adds a relay's series at a time. Returns how many there are. */
size_t trace_add(uint64_t *sum, const struct relay_state *relay, usec now);

#endif
