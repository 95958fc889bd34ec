#include "limit.h"

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

void window_expect(struct window *window, unsigned rank, usec interval) {
  window->needs[rank] += (unsigned)((window->span + interval - 1) / interval);
}

/* What is kept for those who go before this rank. */
static unsigned kept_from(const struct window *window, unsigned rank) {
  unsigned kept = 0;
  for (unsigned r = 0; r < rank; r++)
    kept += window->needs[r];
  return kept;
}

bool window_allows(const struct window *window, unsigned rank, usec now) {
  unsigned all = 0, dear = 0;
  unsigned kept = kept_from(window, rank);
  if (window->most == 0)
    return true;
  for (unsigned i = 0; i < window->used; i++) {
    const struct window_entry *entry = &window->entries[i];
    if (now - entry->time >= window->span)
      continue;
    all++;
    if (entry->rank >= rank)
      dear++;
  }
  return all < window->most && kept < window->most &&
         dear < window->most - kept;
}

void window_note(struct window *window, unsigned rank, usec now) {
  if (window->most == 0)
    return;
  window->entries[window->next] = (struct window_entry){now, rank};
  window->next = (window->next + 1) % window->most;
  if (window->used < window->most)
    window->used++;
}
