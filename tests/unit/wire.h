/* A clock that tests advance, and a transport on which only scripted responses
 * arrive. For the engine, instead of the system's clock and libcurl. */
#ifndef HOLYSHEEP_UNIT_WIRE_H
#define HOLYSHEEP_UNIT_WIRE_H

#include "engine/transport.h"
#include "model/files.h"

extern usec wire_now;

/* The result of a request, and after how long; 0: it never ends. */
typedef usec wire_answer(const struct request *request,
                         struct probe_result *result);

/* NULL: out of memory, and nothing is sent. */
extern wire_answer *wire_answers;

/* How much longer waits take than requested, as on a busy host. */
extern usec wire_oversleeps;

extern const struct clock wire_clock;
extern const struct transport wire;

/* No file can be read, and whatever is written is written at once. */
extern const struct files wire_files;

#endif
