/* When the state of which relay is handed on: in turn over the interval, and
 * for the first time only when the host can take so many new series.
 *
 * write_prometheus sorts a whole family for each series that it sees for the
 * first time: hundreds of relays at once would keep every value of the host
 * waiting. How many it can take depends on the host: so the next relay also
 * waits until the last one's series have arrived. */
#ifndef HOLYSHEEP_TURNS_H
#define HOLYSHEEP_TURNS_H

#include "engine/schedule.h"

#include <stdbool.h>
#include <stddef.h>

#define TURNS_WHOLE (20 * 170) /* series at once: 20 relays' worth */
#define TURNS_BIRTHS 500       /* and a second from then on */
#define TURNS_PATIENCE 2       /* seconds; a filter may keep it from arriving */

struct turns {
  size_t count;  /* of relays */
  usec interval; /* in which each has its turn */
  usec begin;
  size_t turn;   /* the next one, from `begin` on */
  size_t unborn; /* the first relay that was not handed on yet */
  double births; /* series that may be born now; below 0: on credit */
  usec counted;  /* when `births` was reckoned */
  usec arrival;  /* until then the last one's series may be on their way */
};

void turns_init(struct turns *turns, size_t count, usec interval, usec now);

/* The relay whose turn has come; false when none's has. Turns that were
 * missed by more than an interval are left out. */
bool turns_next(struct turns *turns, usec now, size_t *relay);

/* Whether this relay has been handed on at all. */
bool turns_is_born(const struct turns *turns, size_t relay);

/* The next unborn relay, which would bring so many series, if the host can
 * take it now; it is born then. */
bool turns_birth(struct turns *turns, usec now, size_t series, size_t *relay);

/* Whether the last relay that was born may still be on its way. */
bool turns_is_arriving(const struct turns *turns, usec now);

/* It has arrived. */
void turns_arrived(struct turns *turns);

/* So many series were born; the next ones wait for as long as that takes. */
void turns_charge(struct turns *turns, size_t series);

#endif
