/* A binary heap of timers, ordered by the time at which they are due. */
#ifndef HOLYSHEEP_TIMER_HEAP_H
#define HOLYSHEEP_TIMER_HEAP_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

enum { TIMER_STOPPED = -1 };

/* Embedded in whatever it is a timer for. Initialize `index` to
 * TIMER_STOPPED. */
struct timer {
  usec due;
  ptrdiff_t index; /* in the heap, or TIMER_STOPPED */
};

struct timer_heap {
  struct timer **heap;
  size_t count, capacity;
};

/* Room for `capacity` timers; false if out of memory. */
bool timer_heap_init(struct timer_heap *timers, size_t capacity);
void timer_heap_free(struct timer_heap *timers);

/* Starts the timer, or restarts it, to be due at `due`. */
void timer_heap_start(struct timer_heap *timers, struct timer *timer, usec due);

/* The timer that is due first, or NULL if none is running. */
struct timer *timer_heap_min(const struct timer_heap *timers);

/* Removes the timer from the heap, if it is running. */
void timer_heap_stop(struct timer_heap *timers, struct timer *timer);

#endif
