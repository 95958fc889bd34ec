/* The incident of one probe: when it begins, what it is called, and when it
 * ends. It depends on nothing but the results and the time it is handed.
 *
 * A failure may be a blip, so an incident begins when the probe has failed for
 * certain and the relay's other probes have been asked (see
 * relay_incidents.h). It ends after a while without failures, which is longer
 * if the probe fails on and off. */
#ifndef HOLYSHEEP_INCIDENT_H
#define HOLYSHEEP_INCIDENT_H

#include "base/clock.h"
#include "model/cause.h"

#include <stdbool.h>

enum incident_phase {
  INCIDENT_NONE,
  INCIDENT_FAILING, /* it failed, perhaps only once */
  INCIDENT_CERTAIN, /* it fails, but nobody was told */
  INCIDENT_OPEN,
};

/* Two moments: one to calculate with, one to tell people. */
struct moment {
  usec time;
  double wall; /* Unix seconds */
};

struct incident {
  bool confirms; /* it ends with a good answer and its confirmation */
  enum incident_phase phase;
  enum problem problem;
  struct moment began;      /* its first failure */
  unsigned failures;        /* so far, until it is open */
  double on_and_off_since;  /* the first of several; 0: it is the only one */
  usec hold;                /* how long it stays open without a failure */
  bool recovering;          /* no failure since */
  struct moment recovered;  /* the first good answer after the last failure */
  unsigned good;            /* answers in a row since then */
  bool ended_before;        /* there was one, */
  usec ended;               /* which ended then, */
  usec last_hold;           /* had stayed open for so long, */
  double last_since;        /* and had begun, or gone on and off, since */
  enum problem other;       /* what it may have to be called instead: */
  usec rename_span;         /* how long it has to be */
  unsigned other_count;     /* so many failures in a row say so, */
  struct moment other_from; /* the first of them then */
};

/* `interval` is that of the probe. */
void incident_init(struct incident *incident, usec interval);

/* A failed probe. `wait`: how long the answer asks to wait; 0 if it does not.
 */
void incident_fail(struct incident *incident, enum problem problem, usec wait,
                   struct moment now);

/* A probe that succeeded. */
void incident_succeed(struct incident *incident, struct moment now);

/* Opens one that is certain. */
void incident_open(struct incident *incident);

/* Ends it if it is time. True if it ended. */
bool incident_tick(struct incident *incident, usec now);

/* Whether a good answer now would show that it was only a blip. */
bool incident_may_be_blip(const struct incident *incident);

/* When incident_tick() has something to do; INT64_MAX: not before a result. */
usec incident_deadline(const struct incident *incident);

/* Whether it waits for a good answer to be confirmed. */
bool incident_wants_confirmation(const struct incident *incident);

/* The failures so far mean nothing, as this host has lost its network: one that
 * is not open is forgotten, and an open one does not recover by itself. */
void incident_disregard(struct incident *incident);

/* One that was open when collectd stopped. */
void incident_resume(struct incident *incident, enum problem problem, usec hold,
                     struct moment since, double on_and_off_since);

/* Whether it has ended and begun again and again. */
bool incident_is_damped(const struct incident *incident);

/* Whether two names are as good as the same: the same outage may show as any of
 * error, network and timeout. */
bool incident_same_problem(enum problem a, enum problem b);

#endif
