/* The files of a host: its relays' keys, as the story has them, and the state
 * file, which takes its time to be written. */
#ifndef HOLYSHEEP_SIM_MEMORY_FILES_H
#define HOLYSHEEP_SIM_MEMORY_FILES_H

#include "model/files.h"
#include "model/settings.h"
#include "virtual_clock.h"

/* What is left of a host between two of its runs. */
struct disk {
  char *state; /* NULL: there is no such file */
  size_t length;
};

struct memory_files {
  struct files files; /* what the engine reads and writes */
  const struct virtual_clock *clock;
  const struct settings *settings;
  struct disk *disk;
  char *writing, *next; /* texts; NULL without */
  unsigned long submitted, begun;
  usec written_at; /* the one that is being written */
  struct write_status status;
  /* Told of each text that has come to the disk; or NULL. */
  void (*saved)(void *user, const char *text, size_t length);
  void *user;
};

/* The settings may be filled in later: which relay a key is of is not known
 * before. All of it has to outlive the files. */
void memory_files_init(struct memory_files *memory,
                       const struct virtual_clock *clock,
                       const struct settings *settings, struct disk *disk);
void memory_files_free(struct memory_files *memory);

/* When the disk has the next text; INT64_MAX: it has all. */
usec memory_files_alarm(void *memory);

#endif
