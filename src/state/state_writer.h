/* Writes the state file in a thread of its own. A disk may block the writer for
 * any time, and neither a probe nor collectd's shutdown may wait for it. */
#ifndef HOLYSHEEP_STATE_WRITER_H
#define HOLYSHEEP_STATE_WRITER_H

#include "base/clock.h"
#include "model/files.h"

#include <stddef.h>

struct state_writer;

/* Called in the writer's thread whenever a text was written or failed. */
typedef void state_writer_on_written(void *user);

/* For texts of up to `size_max` bytes. NULL without memory or a thread. */
struct state_writer *state_writer_new(const char *path, size_t size_max,
                                      state_writer_on_written *on_written,
                                      void *user);

/* Copies a text to be written, and returns its number, counting from 1. It
 * replaces an earlier one that the thread has not started on. */
unsigned long state_writer_submit(struct state_writer *writer, const char *text,
                                  size_t length);

void state_writer_poll(struct state_writer *writer,
                       struct write_status *status);

/* Waits until everything is written, but no longer than `until`
 * (CLOCK_MONOTONIC); then the thread is left to finish by itself. `writer` may
 * be NULL. */
void state_writer_close(struct state_writer *writer, usec until);

#endif
