#include "engine/sliding_window.h"

#include <assert.h>
#include <stdlib.h>

bool sliding_window_init(struct sliding_window *window, unsigned max,
                         usec span) {
  *window = (struct sliding_window){.max = max, .span = span};
  if (max > 0)
    window->entries = calloc(max, sizeof *window->entries);
  return max == 0 || window->entries != NULL;
}

void sliding_window_free(struct sliding_window *window) {
  free(window->entries);
  *window = (struct sliding_window){0};
}

static unsigned needs(const struct sliding_window *window, usec interval,
                      unsigned requests) {
  assert(interval > 0);
  return requests * (unsigned)((window->span + interval - 1) / interval);
}

void sliding_window_expect(struct sliding_window *window, unsigned rank,
                           usec interval, unsigned requests) {
  assert(rank < RANKS);
  window->needs[rank] += needs(window, interval, requests);
}

void sliding_window_forget(struct sliding_window *window, unsigned rank,
                           usec interval, unsigned requests) {
  unsigned needed = needs(window, interval, requests);
  assert(rank < RANKS && window->needs[rank] >= needed);
  window->needs[rank] -= needed;
}

bool sliding_window_has_room(const struct sliding_window *window, unsigned rank,
                             unsigned requests) {
  unsigned needed = 0;
  for (unsigned r = 0; r < rank; r++)
    needed += window->needs[r];
  return window->max == 0 || needed + requests <= window->max;
}

/* How many of this rank or a more expensive one count, reserved ones too. */
static unsigned used_from(const struct sliding_window *window, unsigned rank,
                          usec now) {
  unsigned used = 0;
  for (unsigned r = rank; r < RANKS; r++)
    used += window->reserved[r];
  for (unsigned i = 0; i < window->used; i++) {
    const struct sliding_window_entry *entry = &window->entries[i];
    if (entry->rank >= rank && now - entry->time < window->span)
      used++;
  }
  return used;
}

/* The needs of a rank are needed free from all more expensive ones together. */
static bool fits(const struct sliding_window *window, unsigned rank,
                 unsigned requests, usec now) {
  unsigned needed = 0;
  for (unsigned r = 0; r <= rank; r++) {
    if (used_from(window, r, now) + requests + needed > window->max)
      return false;
    needed += window->needs[r];
  }
  return true;
}

bool sliding_window_reserve(struct sliding_window *window, unsigned rank,
                            unsigned requests, usec now) {
  assert(rank < RANKS);
  if (window->max == 0)
    return true;
  if (!fits(window, rank, requests, now))
    return false;
  window->reserved[rank] += requests;
  return true;
}

bool sliding_window_opens(const struct sliding_window *window, unsigned rank,
                          unsigned requests, usec now, usec until, usec *when) {
  usec closed = now, open = until;
  if (!fits(window, rank, requests, until))
    return false;
  while (open - closed > 1) {
    usec middle = closed + (open - closed) / 2;
    if (fits(window, rank, requests, middle))
      open = middle;
    else
      closed = middle;
  }
  *when = open;
  return true;
}

void sliding_window_cancel(struct sliding_window *window, unsigned rank,
                           unsigned requests) {
  if (window->max == 0)
    return;
  assert(rank < RANKS && window->reserved[rank] >= requests);
  window->reserved[rank] -= requests;
}

void sliding_window_record(struct sliding_window *window, unsigned rank,
                           usec now) {
  if (window->max == 0)
    return;
  assert(rank < RANKS && window->reserved[rank] > 0);
  window->reserved[rank]--;
  window->entries[window->next] = (struct sliding_window_entry){now, rank};
  window->next = (window->next + 1) % window->max;
  if (window->used < window->max)
    window->used++;
}
