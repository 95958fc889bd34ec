#include "base/timer_heap.h"

#include <assert.h>
#include <stdlib.h>

bool timer_heap_init(struct timer_heap *timers, size_t capacity) {
  *timers = (struct timer_heap){.capacity = capacity};
  timers->heap = calloc(capacity > 0 ? capacity : 1, sizeof *timers->heap);
  return timers->heap != NULL;
}

void timer_heap_free(struct timer_heap *timers) {
  free(timers->heap);
  *timers = (struct timer_heap){0};
}

static void place(struct timer_heap *timers, size_t at, struct timer *timer) {
  timers->heap[at] = timer;
  timer->index = (ptrdiff_t)at;
}

/* Places the timer at `at` or closer to the root. */
static void sift_up(struct timer_heap *timers, size_t at, struct timer *timer) {
  while (at > 0 && timers->heap[(at - 1) / 2]->due > timer->due) {
    place(timers, at, timers->heap[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(timers, at, timer);
}

/* Places the timer at `at` or further from the root. */
static void sift_down(struct timer_heap *timers, size_t at,
                      struct timer *timer) {
  for (size_t child; (child = 2 * at + 1) < timers->count; at = child) {
    if (child + 1 < timers->count &&
        timers->heap[child + 1]->due < timers->heap[child]->due)
      child++;
    if (timers->heap[child]->due >= timer->due)
      break;
    place(timers, at, timers->heap[child]);
  }
  place(timers, at, timer);
}

void timer_heap_start(struct timer_heap *timers, struct timer *timer,
                      usec due) {
  timer_heap_stop(timers, timer);
  assert(timers->count < timers->capacity);
  timer->due = due;
  sift_up(timers, timers->count++, timer);
}

struct timer *timer_heap_min(const struct timer_heap *timers) {
  return timers->count > 0 ? timers->heap[0] : NULL;
}

void timer_heap_stop(struct timer_heap *timers, struct timer *timer) {
  if (timer->index == TIMER_STOPPED)
    return;
  size_t at = (size_t)timer->index;
  assert(at < timers->count && timers->heap[at] == timer);
  struct timer *last = timers->heap[--timers->count];
  timer->index = TIMER_STOPPED;
  if (last == timer)
    return;
  sift_down(timers, at, last);
  sift_up(timers, (size_t)last->index, last);
}
