#include "engine/request_slots.h"

bool places_take(struct places *places) {
  if (places->taken == places->count)
    return false;
  places->taken++;
  return true;
}

void places_give(struct places *places) { places->taken--; }
