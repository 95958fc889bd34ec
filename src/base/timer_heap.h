/* Which of many things is due next: a heap over their times. */
#ifndef HOLYSHEEP_TIMER_HEAP_H
#define HOLYSHEEP_TIMER_HEAP_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

enum { TIMER_STOPPED = -1 };

/* Lies in whatever has a time. */
struct timer {
  usec due;
  ptrdiff_t index; /* in the heap, or TIMER_STOPPED */
};

struct timer_heap {
  struct timer **heap;
  size_t count, room;
};

/* For `room` items at most; false without memory. */
bool timer_heap_init(struct timer_heap *timers, size_t room);
void timer_heap_free(struct timer_heap *timers);

/* Puts the timer in at `due`, or moves it there. */
void timer_heap_start(struct timer_heap *timers, struct timer *timer, usec due);

/* The timer that is due first; NULL when there is none. */
struct timer *timer_heap_min(const struct timer_heap *timers);

/* Takes the timer out, if it is in. */
void timer_heap_stop(struct timer_heap *timers, struct timer *timer);

#endif
