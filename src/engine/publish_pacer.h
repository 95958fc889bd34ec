/* When the state of each relay is published: spread over the interval, and for
 * the first time only when the host can take that many new series (a token
 * bucket).
 *
 * write_prometheus sorts a whole family for each new series: hundreds of new
 * relays at once would delay every value of the host. How many it can take
 * depends on the host, so a new relay also waits until the series of the one
 * before it have arrived. */
#ifndef HOLYSHEEP_PUBLISH_PACER_H
#define HOLYSHEEP_PUBLISH_PACER_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

#define PUBLISH_BURST (20 * 180) /* new series at once: those of 20 relays */
#define PUBLISH_RATE 500         /* and per second from then on */
#define ARRIVAL_TIMEOUT 2        /* seconds; a filter may drop the series */

struct publish_pacer {
  size_t count;  /* of relays */
  usec interval; /* in which each is published once */
  usec begin;
  size_t next;        /* the number of the next publication since `begin` */
  size_t published;   /* how many relays have been published at all */
  double tokens;      /* new series that may be published; below 0: overdrawn */
  usec refilled;      /* when tokens were added last */
  usec pending_until; /* until then the newest series may not have arrived */
};

void publish_pacer_init(struct publish_pacer *pacer, size_t count,
                        usec interval, usec now);

/* The relay that is due to be published; false when none is. Publications that
 * are late by more than an interval are skipped. */
bool publish_pacer_next(struct publish_pacer *pacer, usec now, size_t *relay);

/* When the next relay is due; INT64_MAX without relays. */
usec publish_pacer_due(const struct publish_pacer *pacer);

/* Whether this relay has been published at all. */
bool publish_pacer_is_published(const struct publish_pacer *pacer,
                                size_t relay);

/* The next relay that has not been published, and has this many series, if the
 * host can take them now; it then counts as published. */
bool publish_pacer_next_new(struct publish_pacer *pacer, usec now,
                            size_t series, size_t *relay);

/* Whether the series of the newest relay may not have arrived yet. */
bool publish_pacer_is_pending(const struct publish_pacer *pacer, usec now);

/* They have. */
void publish_pacer_arrived(struct publish_pacer *pacer);

/* Pays for new series; the next ones wait until the tokens are back. */
void publish_pacer_drain(struct publish_pacer *pacer, size_t series);

#endif
