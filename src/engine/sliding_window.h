/* The limit on how many requests a relay is sent. */
#ifndef HOLYSHEEP_SLIDING_WINDOW_H
#define HOLYSHEEP_SLIDING_WINDOW_H

#include "base/clock.h"
#include "probe/probe_kind.h"

#include <stdbool.h>

/* A sliding window over the requests of a relay: at most `max` in any `span`. A
 * request that was sent a whole span ago is outside. A part of them is reserved
 * for each rank, so that expensive probes leave room for the cheaper ones. */
struct sliding_window {
  struct sliding_window_entry {
    usec time;
    unsigned rank;
  } * entries; /* a ring of the last ones */
  unsigned max, next, used;
  usec span;
  unsigned needs[RANKS];    /* requests of each rank in a span */
  unsigned reserved[RANKS]; /* and not sent yet */
};

/* Without a limit (`max` 0) every request is allowed. False without memory. */
bool sliding_window_init(struct sliding_window *window, unsigned max,
                         usec span);
void sliding_window_free(struct sliding_window *window);

/* Announces a probe of this rank with so many requests every `interval`. */
void sliding_window_expect(struct sliding_window *window, unsigned rank,
                           usec interval, unsigned requests);

/* Takes that back, with the same numbers. */
void sliding_window_forget(struct sliding_window *window, unsigned rank,
                           usec interval, unsigned requests);

/* Whether a probe of so many requests ever fits beside the cheaper ones that
 * were announced. */
bool sliding_window_has_room(const struct sliding_window *window, unsigned rank,
                             unsigned requests);

/* Whether so many requests of a probe may be sent: if so, they are reserved
 * until each is either recorded or cancelled. */
bool sliding_window_reserve(struct sliding_window *window, unsigned rank,
                            unsigned requests, usec now);
void sliding_window_cancel(struct sliding_window *window, unsigned rank,
                           unsigned requests);

/* Whether requests that do not fit now will by `until`, if nothing else is
 * sent, and when at the earliest. */
bool sliding_window_opens(const struct sliding_window *window, unsigned rank,
                          unsigned requests, usec now, usec until, usec *when);

/* One that was reserved is sent now. */
void sliding_window_record(struct sliding_window *window, unsigned rank,
                           usec now);

#endif
