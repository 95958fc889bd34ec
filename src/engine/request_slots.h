/* How many requests may be in flight. */
#ifndef HOLYSHEEP_PLACES_H
#define HOLYSHEEP_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct places {
  size_t count, taken;
};

/* False when none is free. */
bool places_take(struct places *places);

void places_give(struct places *places);

#endif
