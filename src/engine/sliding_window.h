/* The limit on how many requests a relay gets. */
#ifndef HOLYSHEEP_SLIDING_WINDOW_H
#define HOLYSHEEP_SLIDING_WINDOW_H

#include "base/clock.h"
#include "probe/probe_kind.h"

#include <stdbool.h>

/* A sliding window over the requests of a relay: at most `most` in any `span`.
 * One that was sent a whole span ago is outside. A part of them is kept for
 * each rank, so that dearer probes cannot take the places that cheaper ones
 * will need. */
struct sliding_window {
  struct sliding_window_entry {
    usec time;
    unsigned rank;
  } * entries; /* a ring of the last ones */
  unsigned max, next, used;
  usec span;
  unsigned needs[RANKS];    /* requests of each rank in a span */
  unsigned reserved[RANKS]; /* allowed, and not sent yet */
};

/* Without a limit (`most` 0) every request is allowed. False without memory. */
bool sliding_window_init(struct sliding_window *window, unsigned max,
                         usec span);
void sliding_window_free(struct sliding_window *window);

/* A probe of this rank will be made every `interval`, of so many requests. */
void sliding_window_expect(struct sliding_window *window, unsigned rank,
                           usec interval, unsigned requests);

/* Whether a probe of so many requests ever has a turn beside the cheaper ones
 * that are expected. */
bool sliding_window_has_room(const struct sliding_window *window, unsigned rank,
                             unsigned requests);

/* Whether so many requests of a probe may be sent from now on: the window has
 * room for them until each is either noted or given back. */
bool sliding_window_reserve(struct sliding_window *window, unsigned rank,
                            unsigned requests, usec now);
void sliding_window_cancel(struct sliding_window *window, unsigned rank,
                           unsigned requests);

/* Whether what the window has no room for now may be sent by `until` if nothing
 * else is, and when at the earliest. */
bool sliding_window_opens(const struct sliding_window *window, unsigned rank,
                          unsigned requests, usec now, usec until, usec *when);

/* One that was taken is sent now. */
void sliding_window_record(struct sliding_window *window, unsigned rank,
                           usec now);

#endif
