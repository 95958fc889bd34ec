/* The lifecycle of a probe: whether it may be sent, what is sent, what the
 * result is, and when it is due again. */
#ifndef HOLYSHEEP_PROBE_LIFECYCLE_H
#define HOLYSHEEP_PROBE_LIFECYCLE_H

#include "engine/engine_core.h"

/* Sets the timer of a probe that is not in flight. */
void lifecycle_arm(struct engine *engine, struct probe_runtime *probe);

/* Starts what is due, as long as there are free slots. */
void lifecycle_start_due(struct engine *engine, usec now);

/* Stores what has changed, and sends the probes that waited for that. */
void lifecycle_send_waiting(struct engine *engine, usec now);

/* Those that still wait are never sent. */
void lifecycle_forget_waiting(struct engine *engine);

/* A request is over. */
void lifecycle_complete(struct engine *engine, struct completion *completion);

/* The relay's state is to be published soon. A new relay waits for its first
 * time. */
void lifecycle_mark_changed(struct engine *engine, struct relay_runtime *relay);

/* Whether a probe may run once more than its interval says: completions cost
 * money, so their number is limited. If it may, that counts. */
bool lifecycle_may_add_run(struct probe_runtime *probe, usec now);

/* Counts the runs that were missed until now. */
void lifecycle_count_missed(struct probe_runtime *probe, usec now);

#endif
