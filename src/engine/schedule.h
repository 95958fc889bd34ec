/* When a probe is due. Plain arithmetic on a monotonic clock in microseconds;
 * whoever drives the probes tells what happens. */
#ifndef HOLYSHEEP_SCHEDULE_H
#define HOLYSHEEP_SCHEDULE_H

#include "base/clock.h"

#include <stdbool.h>

struct schedule {
  usec interval;
  usec retry;         /* the first wait after a failure */
  usec phase;         /* where the probe's turns lie in the interval */
  usec due;           /* when the next one is to start, */
  usec defer;         /* but not before this */
  usec started;       /* the last one */
  unsigned failures;  /* in a row, */
  usec failing_since; /* of which the first ended then */
  bool in_flight;
  bool rerun; /* it is to follow as soon as it ends */
  bool
      triggered; /* the one in flight, or the last, followed another's change */
  bool will_be_triggered; /* the next one will */
  bool put_off; /* it is overdue, and schedule_resync() has moved it */
};

/* A place in the interval that this host, relay and probe keep, so that a
 * fleet does not knock in step. FNV-1a. */
usec schedule_phase(const char *host, const char *relay, const char *probe,
                    usec interval);

/* Due at once. */
void schedule_init(struct schedule *schedule, usec interval, usec retry,
                   usec phase, usec now);

void schedule_start(struct schedule *schedule, usec now);

/* How many turns are skipped by now: those that came while the probe is in
 * flight, or, while it waits to be started, all but the last. */
unsigned schedule_count_missed(struct schedule *schedule, usec now);

/* Returns how long it has failed, when it does no longer; else 0. */
usec schedule_finish(struct schedule *schedule, usec now, bool failed);

/* When the next one is to start. */
usec schedule_next(const struct schedule *schedule);

/* Nothing is sent before `until`. */
void schedule_defer(struct schedule *schedule, usec until);

/* What was due now is to be sent a little later, at `when`. */
void schedule_postpone(struct schedule *schedule, usec when);

/* What was due now is not sent: on to the next turn. */
void schedule_skip_turn(struct schedule *schedule, usec now);

/* Another probe of the relay changed its verdict: due at `when` at the
 * latest, or, in flight now, when it ends. */
void schedule_trigger(struct schedule *schedule, usec when);

/* Time went by in which nothing could be started: what is overdue is spread
 * over the next seconds, so that it does not come as a burst; but each only
 * once, or gaps that repeat would put some off for ever. */
void schedule_resync(struct schedule *schedule, usec now);

#endif
