/* The state that survives a restart: a line for each probe with a daily limit,
 * and one for each probe with an open incident. Without such an incident, the
 * file is one that version 1 understands.
 * A file that exists may be damaged or belong to something else: it is
 * validated as a whole, and never overwritten if it is not this plugin's. */
#ifndef HOLYSHEEP_STATE_FILE_H
#define HOLYSHEEP_STATE_FILE_H

#include "base/error.h"
#include "model/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  STATE_FILE_MAX = 4 * 1024 * 1024, /* bytes; a larger file is damaged */
  STATE_FILE_HEADER_MAX = 32,       /* bytes of the first line, */
  STATE_FILE_ENTRY_MAX = 100, /* and of every other, not counting its labels */
};

enum state_file_kind { STATE_FILE_SPENDING, STATE_FILE_INCIDENT };

/* All texts are only valid during the call. */
struct state_file_entry {
  int64_t day;
  uint64_t today, max_cost;  /* as in struct spending */
  const char *relay, *model; /* labels */
  enum state_file_kind kind;
  /* STATE_FILE_INCIDENT, instead of all but the relay; times in seconds: */
  const char *probe; /* its labels */
  const char *problem;
  int64_t since, on_and_off_since, hold;
  int64_t last; /* when the probe ended last */
};

typedef void state_file_on_entry(void *user,
                                 const struct state_file_entry *entry);

/* Provides the next entry to write; false after the last. */
typedef bool state_file_next_entry(void *user, struct state_file_entry *entry);

/* Parses the text of a state file, which is modified. Calls `on_entry` for each
 * line, but only if the whole text is valid. */
bool state_file_parse(char *text, size_t length, state_file_on_entry *on_entry,
                      void *user);

/* Reads a state file. One that does not exist, or is empty, has no entries. The
 * error says if it is not this plugin's. `*newer`: a newer version wrote it, in
 * a format that this one does not know. */
bool state_file_read(const struct files *files, const char *path,
                     state_file_on_entry *on_entry, void *user, bool *newer,
                     struct error *error);

/* Formats the text of a state file with or without incidents, as many lines as
 * fit completely. Returns its length. */
size_t state_file_print(char *text, size_t size, bool has_incidents,
                        state_file_next_entry *next_entry, void *user);

/* Replaces the file atomically, and returns when it is on disk. Only its owner
 * may read it. A file that is not this plugin's is not replaced. */
bool state_file_write(const char *path, const char *text, size_t length,
                      struct error *error);

#endif
