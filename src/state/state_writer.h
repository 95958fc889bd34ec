/* Writes the state file in a thread of its own: a disk may hold whoever writes
 * for as long as it likes, and neither a probe nor collectd's end may wait for
 * that. */
#ifndef HOLYSHEEP_STATE_WRITER_H
#define HOLYSHEEP_STATE_WRITER_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct state_writer;

/* What has become of the texts that were handed over. */
struct written {
  unsigned long number; /* of the last that was dealt with; 0: none yet */
  bool ok;
  struct error error; /* unless ok */
};

/* Called in the writer's thread each time that a text was dealt with. */
typedef void state_writer_woken(void *user);

/* For texts of `most` bytes. NULL without memory or a thread. */
struct state_writer *state_writer_new(const char *path, size_t max,
                                      state_writer_woken *woken, void *user);

/* Hands a text over, which is copied, and returns its number: they are counted
 * from 1. One that was not begun with is left out in favour of it. */
unsigned long state_writer_put(struct state_writer *writer, const char *text,
                               size_t length);

void state_writer_look(struct state_writer *writer, struct written *written);

/* Waits until all is written, for `patience` at most; what the disk holds then
 * is left to itself. May be NULL. */
void state_writer_close(struct state_writer *writer, usec patience);

#endif
