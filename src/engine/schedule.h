/* When a probe is due: plain arithmetic on monotonic times. The caller says
 * what happens. */
#ifndef HOLYSHEEP_SCHEDULE_H
#define HOLYSHEEP_SCHEDULE_H

#include "base/clock.h"

#include <stdbool.h>

struct schedule {
  usec interval;
  usec retry;        /* the first delay after a failure */
  usec phase;        /* where the probe's regular runs are in the interval */
  usec due;          /* when the next run is to start, */
  usec defer;        /* but not before this */
  usec started;      /* the last run */
  unsigned failures; /* in a row */
  bool in_flight;
  bool rerun;           /* it is due again as soon as it ends */
  bool triggered;       /* the run in flight, or the last, was triggered */
  bool trigger_pending; /* the next run is */
  bool resynced;        /* schedule_resync() has moved the next run */
  bool postponed;       /* so has schedule_postpone(), */
  usec postponed_since; /* for the first time then */
};

/* A time in the interval that depends on host, relay and probe alone, so that
 * the probes of a fleet are spread out. FNV-1a. */
usec schedule_phase(const char *host, const char *relay, const char *probe,
                    usec interval);

/* The same of a probe that `share` hosts share, each of which makes every
 * `share`-th turn: on the wall clock, as hosts have to agree whose turn it is.
 * `interval` is that of the turns. Hosts whose names differ in a number (web1,
 * web2) have turns one after another, others by chance. */
usec schedule_shared_phase(const char *host, const char *relay,
                           const char *probe, usec interval, unsigned share);

/* A phase on the wall clock, which shows `wall` (Unix seconds) at `now`, as one
 * on the monotonic clock. */
usec schedule_monotonic_phase(usec phase, usec interval, usec now, double wall);

/* Due at once. */
void schedule_init(struct schedule *schedule, usec interval, usec retry,
                   usec phase, usec now);

void schedule_start(struct schedule *schedule, usec now);

/* Skips the runs that were missed by now, and returns how many: those that were
 * due while the probe is in flight, or, while it waits to be started, all but
 * the last. */
unsigned schedule_count_missed(struct schedule *schedule, usec now);

void schedule_finish(struct schedule *schedule, usec now, bool failed);

/* When the next run is to start. */
usec schedule_next(const struct schedule *schedule);

/* Nothing is sent before `until`. */
void schedule_defer(struct schedule *schedule, usec until);

/* The run that is due now starts a little later, at `when`. */
void schedule_postpone(struct schedule *schedule, usec now, usec when);

/* The run that is due now is skipped. */
void schedule_skip(struct schedule *schedule, usec now);

/* Another probe of the relay has failed or recovered: due at `when` at the
 * latest, or, if in flight, when it ends. */
void schedule_trigger(struct schedule *schedule, usec when);

/* The same, but what it finds is news: it may trigger others. */
void schedule_hasten(struct schedule *schedule, usec when);

/* After a time in which nothing could be started: a run that is overdue is
 * moved to somewhere in the next seconds, so that they do not come as a burst.
 * Each is moved only once, or repeated stalls would postpone some for ever. */
void schedule_resync(struct schedule *schedule, usec now);

#endif
