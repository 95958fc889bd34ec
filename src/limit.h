/* Why a probe that was due is not sent, and the limit on how many are. */
#ifndef HOLYSHEEP_LIMIT_H
#define HOLYSHEEP_LIMIT_H

#include "schedule.h"

#include <stdbool.h>
#include <stddef.h>

enum reason {
  REASON_RETRY_AFTER, /* the relay asked to wait */
  REASON_RATE_LIMIT,  /* MaxRequests */
  REASON_DAILY_COST,  /* MaxCostPerDay */
  REASON_LATE,        /* the one before is in flight, or every place is taken */
  REASON_COUNT
};

/* The value of the label `reason`. */
const char *reason_name(enum reason reason);

/* How dear a probe is: what is free goes first when requests are scarce. */
enum { RANK_MODELS, RANK_BILLING, RANK_CHAT, RANKS };

/* A sliding window over the requests of a relay: at most `most` in any `span`.
 * A part of them is kept for each rank, so that dearer probes cannot take the
 * places that cheaper ones will need. */
struct window {
  struct window_entry {
    usec time;
    unsigned rank;
  } * entries; /* a ring of the last ones */
  unsigned most, next, used;
  usec span;
  unsigned needs[RANKS]; /* requests of each rank in a span */
};

/* Without a limit (`most` 0) every request is allowed. False without memory. */
bool window_init(struct window *window, unsigned most, usec span);
void window_free(struct window *window);

/* A probe of this rank will be made every `interval`. */
void window_expect(struct window *window, unsigned rank, usec interval);

/* Whether a request may be sent now. */
bool window_allows(const struct window *window, unsigned rank, usec now);

void window_note(struct window *window, unsigned rank, usec now);

#endif
