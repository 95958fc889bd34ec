/* Tells the incidents of the relays what happens: results, limits, time, and
 * the state of this host's network. And does what follows: what has changed is
 * published and reported, and what they have to know is asked for. */
#ifndef HOLYSHEEP_INCIDENT_DRIVER_H
#define HOLYSHEEP_INCIDENT_DRIVER_H

#include "engine/engine_core.h"

/* A probe is over, and recorded in the state. Whether it was a blip is told in
 * `change`. */
void incident_driver_record(struct engine *engine, struct probe_runtime *probe,
                            const struct probe_result *result,
                            struct state_change *change, usec now);

/* A probe is suppressed by a limit of its own. */
void incident_driver_suppress(struct engine *engine,
                              struct probe_runtime *probe, usec now);

/* The engine ends: what is open is written to StateFile. */
void incident_driver_save(struct engine *engine);

/* Time has passed. */
void incident_driver_tick(struct engine *engine, usec now);

/* When incident_driver_tick() has something to do; INT64_MAX: not before a
 * result. */
usec incident_driver_deadline(const struct engine *engine);

#endif
