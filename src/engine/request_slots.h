/* How many requests may be in flight. */
#ifndef HOLYSHEEP_REQUEST_SLOTS_H
#define HOLYSHEEP_REQUEST_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

struct request_slots {
  size_t count, taken;
};

/* False when none is free. */
bool request_slots_acquire(struct request_slots *slots);

void request_slots_release(struct request_slots *slots);

#endif
