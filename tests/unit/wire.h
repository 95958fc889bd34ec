/* A time that a test turns, and a wire on which nothing ever comes but what the
 * test says: for the engine, in place of the system's clock and libcurl. */
#ifndef HOLYSHEEP_UNIT_WIRE_H
#define HOLYSHEEP_UNIT_WIRE_H

#include "engine/transport.h"

extern usec wire_now;

/* What becomes of a request, and after how long; 0: it is never over. */
typedef usec wire_answer(const struct request *request,
                         struct probe_result *result);

/* NULL: memory runs out, and nothing is sent. */
extern wire_answer *wire_answers;

/* How much longer than it was told a wait takes, as on a busy host. */
extern usec wire_oversleeps;

extern const struct clock wire_clock;
extern const struct transport wire;

#endif
