/* The course of a probe: whether it may be sent, what is sent, what became of
 * it, and when it comes next. */
#ifndef HOLYSHEEP_PROBE_LIFECYCLE_H
#define HOLYSHEEP_PROBE_LIFECYCLE_H

#include "engine/engine_core.h"

/* Puts a probe that is not in flight where its next turn is. */
void lifecycle_arm(struct engine *engine, struct probe_runtime *probe);

/* Starts what is due, as far as there are places. */
void lifecycle_start_due(struct engine *engine, usec now);

/* Saves what has changed, and sends what waited for that. */
void lifecycle_send_waiting(struct engine *engine, usec now);

/* What waits will never be sent. */
void lifecycle_forget_waiting(struct engine *engine);

/* A request is over. */
void lifecycle_complete(struct engine *engine, struct completion *completion);

/* The relay's state is to be handed on soon. One that never was has its turn to
 * come. */
void lifecycle_mark_changed(struct engine *engine, struct relay_runtime *relay);

/* Counts the turns that came in vain until now. */
void lifecycle_skip_turns(struct probe_runtime *probe, usec now);

#endif
