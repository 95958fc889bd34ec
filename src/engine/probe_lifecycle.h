/* The course of a probe: whether it may be sent, what is sent, what became of
 * it, and when it comes next. */
#ifndef HOLYSHEEP_COURSE_H
#define HOLYSHEEP_COURSE_H

#include "engine/engine_core.h"

/* Puts a probe that is not in flight where its next turn is. */
void course_plan(struct engine *engine, struct probe_run *probe);

/* Starts what is due, as far as there are places. */
void course_start_due(struct engine *engine, usec now);

/* Saves what has changed, and sends what waited for that. */
void course_send_waiting(struct engine *engine, usec now);

/* What waits will never be sent. */
void course_forget_waiting(struct engine *engine);

/* Sends what a name was looked up for, and ends what none was found for. */
void course_collect_names(struct engine *engine);

/* libcurl is done with a request. */
void course_collect(struct engine *engine, CURL *easy, CURLcode code);

/* The relay's state is to be handed on soon. One that never was has its turn to
 * come. */
void course_mark_changed(struct engine *engine, struct relay_run *relay);

/* Counts the turns that came in vain until now. */
void course_skip_turns(struct probe_run *probe, usec now);

#endif
