#include "engine/limit.h"

#include <stdlib.h>

const char *reason_name(enum reason reason) {
  static const char *const names[REASON_COUNT] = {"retry_after", "rate_limit",
                                                  "daily_cost", "late"};
  return names[reason];
}

bool window_init(struct window *window, unsigned most, usec span) {
  *window = (struct window){.most = most, .span = span};
  if (most > 0)
    window->entries = calloc(most, sizeof *window->entries);
  return most == 0 || window->entries != NULL;
}

void window_free(struct window *window) {
  free(window->entries);
  *window = (struct window){0};
}

void window_expect(struct window *window, unsigned rank, usec interval,
                   unsigned requests) {
  window->needs[rank] +=
      requests * (unsigned)((window->span + interval - 1) / interval);
}

bool window_has_room(const struct window *window, unsigned rank,
                     unsigned requests) {
  unsigned kept = 0;
  for (unsigned r = 0; r < rank; r++)
    kept += window->needs[r];
  return window->most == 0 || kept + requests <= window->most;
}

/* How many of this rank or a dearer one the window holds, promised ones too. */
static unsigned held_from(const struct window *window, unsigned rank,
                          usec now) {
  unsigned held = 0;
  for (unsigned r = rank; r < RANKS; r++)
    held += window->promised[r];
  for (unsigned i = 0; i < window->used; i++) {
    const struct window_entry *entry = &window->entries[i];
    if (entry->rank >= rank && now - entry->time < window->span)
      held++;
  }
  return held;
}

/* What a rank may need is kept from all that are dearer, together. */
static bool fits(const struct window *window, unsigned rank, unsigned requests,
                 usec now) {
  unsigned kept = 0;
  for (unsigned r = 0; r <= rank; r++) {
    if (held_from(window, r, now) + requests + kept > window->most)
      return false;
    kept += window->needs[r];
  }
  return true;
}

bool window_take(struct window *window, unsigned rank, unsigned requests,
                 usec now) {
  if (window->most == 0)
    return true;
  if (!fits(window, rank, requests, now))
    return false;
  window->promised[rank] += requests;
  return true;
}

bool window_opens(const struct window *window, unsigned rank, unsigned requests,
                  usec now, usec until, usec *when) {
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

void window_give_back(struct window *window, unsigned rank, unsigned requests) {
  if (window->most > 0)
    window->promised[rank] -= requests;
}

void window_note(struct window *window, unsigned rank, usec now) {
  if (window->most == 0)
    return;
  window->promised[rank]--;
  window->entries[window->next] = (struct window_entry){now, rank};
  window->next = (window->next + 1) % window->most;
  if (window->used < window->most)
    window->used++;
}
