#include "places.h"

#include <stdlib.h>

bool places_init(struct places *places, size_t count) {
  *places = (struct places){.count = count};
  places->left = calloc(count, sizeof *places->left);
  return places->left != NULL;
}

void places_free(struct places *places) {
  free(places->left);
  *places = (struct places){0};
}

static void sweep(struct places *places, usec now) {
  while (places->left_count > 0 && places->left[places->first] <= now) {
    places->first = (places->first + 1) % places->count;
    places->left_count--;
    places->taken--;
  }
}

bool places_take(struct places *places, usec now) {
  sweep(places, now);
  if (places->taken == places->count)
    return false;
  places->taken++;
  return true;
}

void places_give(struct places *places) { places->taken--; }

void places_leave(struct places *places, usec now) {
  size_t last = (places->first + places->left_count++) % places->count;
  places->left[last] = now + PLACES_LEFT_SECONDS * (usec)USEC_PER_SEC;
}
