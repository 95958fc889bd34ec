/* The incidents of a relay's probes, taken together: this host's votes on
 * whether each of them fails, and the incident of the relay, which is the union
 * of theirs.
 *
 * The votes of a relay turn to 1 together, so that nobody sees half an outage:
 * once each probe has answered since the first of them failed, or a few seconds
 * later. */
#ifndef HOLYSHEEP_RELAY_INCIDENTS_H
#define HOLYSHEEP_RELAY_INCIDENTS_H

#include "model/settings.h"
#include "state/incident.h"
#include "state/network_watch.h"

#include <stdbool.h>
#include <stddef.h>

enum vote { VOTE_NONE, VOTE_WORKS, VOTE_FAILS };

struct probe_incident {
  struct incident incident;
  usec interval;
  bool uses_tokens;   /* as a completion does */
  bool known;         /* there is a vote */
  bool cut_off;       /* the last request did not reach the relay */
  usec answered;      /* when the last result came; -1: none has, */
  usec asked;         /* and when it was asked for */
  usec worked_asked;  /* the same of the last good one; -1: none was good */
  usec failing_asked; /* and of the first of the last failures in a row */
  bool failing;       /* the last result is a failure, */
  enum fault fault;   /* of which it is the fault */
  usec refused_asked; /* and of the first of the last refusals of the key in a
                         row; -1: it is not refused */
  bool key_accepted;  /* before a restart, completions worked with it */
  usec waits_until;   /* as the relay asked for; 0: it does not wait */
  bool suppressed;    /* by a limit of its own; then its vote */
  usec vote_until;    /* counts until then */
  bool involved;      /* in the relay's incident */
  bool seen[PROBLEM_COUNT];
  enum vote published; /* with this problem, since then: */
  enum problem published_problem;
  double published_since;
};

struct relay_incidents {
  struct probe_incident *probes;
  size_t count;
  const struct network_watch *network; /* this host's; NULL: always fine */
  struct relay_reach reach;
  bool open;
  enum problem problem; /* the most severe of its probes' */
  struct moment since;
  double on_and_off_since; /* 0: it is not damped */
  struct moment recovered; /* all of its probes */
};

enum incident_event {
  INCIDENT_NO_EVENT,
  INCIDENT_BEGAN,
  INCIDENT_CHANGED, /* its name has */
  INCIDENT_ENDED,
};

/* What has become of it. */
struct incident_change {
  bool votes;                /* what is published of them is out of date */
  enum incident_event event; /* of the relay's incident */
};

/* What a probe's result says. */
struct incident_result {
  enum problem problem; /* PROBLEM_NONE: it succeeded */
  enum fault fault;
  usec started; /* the probe */
  usec wait;    /* as the relay asks for; 0: it does not */
};

/* False without memory. */
bool relay_incidents_init(struct relay_incidents *relay,
                          const struct relay_settings *settings);
void relay_incidents_free(struct relay_incidents *relay);

/* A probe has ended. */
struct incident_change
relay_incidents_record(struct relay_incidents *relay, size_t probe,
                       const struct incident_result *result, struct moment now);

/* A probe is suppressed by a limit of its own. */
struct incident_change relay_incidents_suppress(struct relay_incidents *relay,
                                                size_t probe, usec now);

/* The state of the host's network has changed. */
struct incident_change
relay_incidents_network_changed(struct relay_incidents *relay, usec now);

/* Time has passed. */
struct incident_change relay_incidents_tick(struct relay_incidents *relay,
                                            usec now);

/* When relay_incidents_tick() has something to do; INT64_MAX: not before a
 * result. */
usec relay_incidents_deadline(const struct relay_incidents *relay);

/* This host's vote on a probe. */
enum vote relay_incidents_vote(const struct relay_incidents *relay,
                               size_t probe);

/* An incident that was open when collectd stopped. The probe has a vote again
 * after its first result. */
void relay_incidents_resume(struct relay_incidents *relay, size_t probe,
                            enum problem problem, usec hold,
                            struct moment since, double on_and_off_since);

#endif
