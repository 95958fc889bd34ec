#include "base/timer_heap.h"

#include <assert.h>
#include <stdlib.h>

bool agenda_init(struct agenda *agenda, size_t room) {
  *agenda = (struct agenda){.room = room};
  agenda->heap = calloc(room > 0 ? room : 1, sizeof *agenda->heap);
  return agenda->heap != NULL;
}

void agenda_free(struct agenda *agenda) {
  free(agenda->heap);
  *agenda = (struct agenda){0};
}

static void place(struct agenda *agenda, size_t at, struct agenda_item *item) {
  agenda->heap[at] = item;
  item->place = (ptrdiff_t)at;
}

/* The item belongs at `at` or nearer to the top. */
static void rise(struct agenda *agenda, size_t at, struct agenda_item *item) {
  while (at > 0 && agenda->heap[(at - 1) / 2]->due > item->due) {
    place(agenda, at, agenda->heap[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  place(agenda, at, item);
}

/* The item belongs at `at` or further down. */
static void sink(struct agenda *agenda, size_t at, struct agenda_item *item) {
  for (size_t child; (child = 2 * at + 1) < agenda->count; at = child) {
    if (child + 1 < agenda->count &&
        agenda->heap[child + 1]->due < agenda->heap[child]->due)
      child++;
    if (agenda->heap[child]->due >= item->due)
      break;
    place(agenda, at, agenda->heap[child]);
  }
  place(agenda, at, item);
}

void agenda_put(struct agenda *agenda, struct agenda_item *item, usec due) {
  agenda_take(agenda, item);
  assert(agenda->count < agenda->room);
  item->due = due;
  rise(agenda, agenda->count++, item);
}

struct agenda_item *agenda_first(const struct agenda *agenda) {
  return agenda->count > 0 ? agenda->heap[0] : NULL;
}

void agenda_take(struct agenda *agenda, struct agenda_item *item) {
  if (item->place == AGENDA_NONE)
    return;
  size_t at = (size_t)item->place;
  struct agenda_item *last = agenda->heap[--agenda->count];
  item->place = AGENDA_NONE;
  if (last == item)
    return;
  sink(agenda, at, last);
  rise(agenda, (size_t)last->place, last);
}
