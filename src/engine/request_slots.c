#include "engine/request_slots.h"

#include <assert.h>

bool request_slots_acquire(struct request_slots *slots) {
  if (slots->taken == slots->count)
    return false;
  slots->taken++;
  return true;
}

void request_slots_release(struct request_slots *slots) {
  assert(slots->taken > 0);
  slots->taken--;
}
