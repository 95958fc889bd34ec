/* A sum over all that is published and sent, to compare two runs. */
#ifndef HOLYSHEEP_SIM_TRACE_H
#define HOLYSHEEP_SIM_TRACE_H

#include "base/clock.h"
#include "model/request.h"
#include "state/metrics.h"

#include <stddef.h>
#include <stdint.h>

/* Adds a relay's series at a time. Returns how many there are. */
size_t trace_add(uint64_t *sum, const struct relay_state *relay, usec now);

/* Adds a request that is sent at a time, with its random words. */
void trace_request(uint64_t *sum, const struct request *request, usec now);

#endif
