/* Which of many things is due next: a heap over their times. */
#ifndef HOLYSHEEP_AGENDA_H
#define HOLYSHEEP_AGENDA_H

#include "engine/schedule.h"

#include <stdbool.h>
#include <stddef.h>

enum { AGENDA_NONE = -1 };

/* Lies in whatever has a time. */
struct agenda_item {
  usec due;
  ptrdiff_t place; /* in the heap, or AGENDA_NONE */
};

struct agenda {
  struct agenda_item **heap;
  size_t count, room;
};

/* For `room` items at most; false without memory. */
bool agenda_init(struct agenda *agenda, size_t room);
void agenda_free(struct agenda *agenda);

/* Puts the item in at `due`, or moves it there. */
void agenda_put(struct agenda *agenda, struct agenda_item *item, usec due);

/* The item that is due first; NULL when there is none. */
struct agenda_item *agenda_first(const struct agenda *agenda);

/* Takes the item out, if it is in. */
void agenda_take(struct agenda *agenda, struct agenda_item *item);

#endif
