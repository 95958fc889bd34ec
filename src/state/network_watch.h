/* Whether this host has lost its own network: then no relay is to blame, and
 * the host has no say about any. That is so if it cannot reach half of its
 * relays, and two at least. When it first fails to reach one, it is in doubt
 * until the others have answered. */
#ifndef HOLYSHEEP_NETWORK_WATCH_H
#define HOLYSHEEP_NETWORK_WATCH_H

#include "state/incident.h"

#include <stdbool.h>
#include <stddef.h>

enum network_state { NETWORK_FINE, NETWORK_IN_DOUBT, NETWORK_LOST };

struct network_watch {
  size_t relays;      /* of this host */
  size_t unreachable; /* of these, by their last result */
  enum network_state state;
  struct moment since; /* the doubt, and the loss that it led to */
  struct moment found; /* when the last loss was over */
  unsigned doubts;     /* so far */
  size_t unanswered;   /* relays that have not answered since the last began
                        */
};

/* What it knows of one relay. */
struct relay_reach {
  bool unreachable;
  unsigned answered; /* in this doubt */
};

/* A probe of the relay that was started at `started` has ended. True if the
 * state has changed. */
bool network_watch_record(struct network_watch *watch,
                          struct relay_reach *relay, bool unreachable,
                          usec started, struct moment now);

/* True if the state has changed, as time has passed. */
bool network_watch_tick(struct network_watch *watch, usec now);

/* When network_watch_tick() has something to do; INT64_MAX: never. */
usec network_watch_deadline(const struct network_watch *watch);

#endif
