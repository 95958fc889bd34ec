/* How many requests may be in flight, those included that are over but have
 * left a thread behind in a name look-up. */
#ifndef HOLYSHEEP_PLACES_H
#define HOLYSHEEP_PLACES_H

#include "schedule.h"

#include <stdbool.h>
#include <stddef.h>

enum { PLACES_LEFT_SECONDS = 60 };

struct places {
  size_t count, taken;
  usec *left;               /* a ring: when places left behind become free */
  size_t first, left_count; /* of that ring */
};

/* False without memory. */
bool places_init(struct places *places, size_t count);
void places_free(struct places *places);

/* False when none is free. */
bool places_take(struct places *places, usec now);

void places_give(struct places *places);

/* The request is over, but keeps its place for PLACES_LEFT_SECONDS. */
void places_leave(struct places *places, usec now);

#endif
