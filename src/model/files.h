/* Access to the files that the engine reads and writes: a relay's key, and the
 * state that survives a restart. An interface, so that tests can replace it. */
#ifndef HOLYSHEEP_FILES_H
#define HOLYSHEEP_FILES_H

#include "base/clock.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

enum { FILE_NOT_REGULAR = -1 };

/* The progress of the texts that a writer was given. */
struct write_status {
  unsigned long number; /* of the last text that was handled; 0: none yet */
  bool ok;
  struct error error; /* unless ok */
};

struct files {
  void *user;

  /* Reads up to `size` bytes of a file, and its status. Returns 0, an errno, or
   * FILE_NOT_REGULAR. Never blocks on a FIFO. */
  int (*read)(void *user, const char *path, char *text, size_t size,
              size_t *length, struct stat *status);

  /* Whether a file is unchanged since it was read, and still readable. */
  bool (*is_unchanged)(void *user, const char *path, const struct stat *status);

  /* Opens a writer that replaces the state file by texts of up to `size_max`
   * bytes. It calls `on_written`, perhaps from another thread, whenever one was
   * written or failed. NULL without memory or a thread. */
  void *(*open_writer)(void *user, const char *path, size_t size_max,
                       void (*on_written)(void *user), void *on_written_user);

  /* Copies a text to be written, and returns its number, counting from 1. It
   * replaces an earlier one that is not being written yet. */
  unsigned long (*submit)(void *writer, const char *text, size_t length);

  void (*poll_writer)(void *writer, struct write_status *status);

  /* Waits until everything is written, but no longer than `until`. */
  void (*close_writer)(void *writer, usec until);
};

#endif
