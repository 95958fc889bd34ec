/* When the state of which relay is handed on: in turn over the interval, and
 * for the first time only when the host can take so many new series.
 *
 * write_prometheus sorts a whole family for each series that it sees for the
 * first time: hundreds of relays at once would keep every value of the host
 * waiting. How many it can take depends on the host: so the next relay also
 * waits until the last one's series have arrived. */
#ifndef HOLYSHEEP_PUBLISH_PACER_H
#define HOLYSHEEP_PUBLISH_PACER_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define TURNS_WHOLE (20 * 170) /* series at once: 20 relays' worth */
#define TURNS_BIRTHS 500       /* and a second from then on */
#define TURNS_PATIENCE 2       /* seconds; a filter may keep it from arriving */

struct publish_pacer {
  size_t count;  /* of relays */
  usec interval; /* in which each has its turn */
  usec begin;
  size_t next;             /* the next one, from `begin` on */
  size_t unpublished;      /* the first relay that was not handed on yet */
  double tokens_available; /* series that may be born now; below 0: on credit */
  usec counted;            /* when `births` was reckoned */
  usec pending_until; /* until then the last one's series may be on their way */
};

void publish_pacer_init(struct publish_pacer *pacer, size_t count,
                        usec interval, usec now);

/* The relay whose turn has come; false when none's has. Turns that were
 * missed by more than an interval are left out. */
bool publish_pacer_next(struct publish_pacer *pacer, usec now, size_t *relay);

/* When the next relay's turn comes; INT64_MAX without relays. */
usec publish_pacer_due(const struct publish_pacer *pacer);

/* Whether this relay has been handed on at all. */
bool publish_pacer_is_published(const struct publish_pacer *pacer,
                                size_t relay);

/* The next unborn relay, which would bring so many series, if the host can
 * take it now; it is born then. */
bool publish_pacer_take_unpublished(struct publish_pacer *pacer, usec now,
                                    size_t series, size_t *relay);

/* Whether the last relay that was born may still be on its way. */
bool publish_pacer_is_pending(const struct publish_pacer *pacer, usec now);

/* It has arrived. */
void publish_pacer_arrived(struct publish_pacer *pacer);

/* So many series were born; the next ones wait for as long as that takes. */
void publish_pacer_drain(struct publish_pacer *pacer, size_t series);

#endif
