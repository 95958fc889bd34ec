/* Why a probe that was due is not sent, and the limit on how many are. */
#ifndef HOLYSHEEP_LIMIT_H
#define HOLYSHEEP_LIMIT_H

#include "engine/schedule.h"

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
 * One that was sent a whole span ago is outside. A part of them is kept for
 * each rank, so that dearer probes cannot take the places that cheaper ones
 * will need. */
struct window {
  struct window_entry {
    usec time;
    unsigned rank;
  } * entries; /* a ring of the last ones */
  unsigned most, next, used;
  usec span;
  unsigned needs[RANKS];    /* requests of each rank in a span */
  unsigned promised[RANKS]; /* allowed, and not sent yet */
};

/* Without a limit (`most` 0) every request is allowed. False without memory. */
bool window_init(struct window *window, unsigned most, usec span);
void window_free(struct window *window);

/* A probe of this rank will be made every `interval`, of so many requests. */
void window_expect(struct window *window, unsigned rank, usec interval,
                   unsigned requests);

/* Whether a probe of so many requests ever has a turn beside the cheaper ones
 * that are expected. */
bool window_has_room(const struct window *window, unsigned rank,
                     unsigned requests);

/* Whether so many requests of a probe may be sent from now on: the window has
 * room for them until each is either noted or given back. */
bool window_take(struct window *window, unsigned rank, unsigned requests,
                 usec now);
void window_give_back(struct window *window, unsigned rank, unsigned requests);

/* Whether what the window has no room for now may be sent by `until` if nothing
 * else is, and when at the earliest. */
bool window_opens(const struct window *window, unsigned rank, unsigned requests,
                  usec now, usec until, usec *when);

/* One that was taken is sent now. */
void window_note(struct window *window, unsigned rank, usec now);

#endif
