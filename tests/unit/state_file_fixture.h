/* Writes and reads the entries of a state file. */
#ifndef HOLYSHEEP_UNIT_STATE_FILE_FIXTURE_H
#define HOLYSHEEP_UNIT_STATE_FILE_FIXTURE_H

#include "state/state_file.h"

/* The first line, of each version. */
#define FIRST "collectd-holysheep state 1\n"
#define SECOND "collectd-holysheep state 2\n"

/* The accepted entries, each with a semicolon; take() is called with it. */
extern char taken[4096];
void take(void *user, const struct state_file_entry *saved);

/* The entries to write, and how many remain; next() is called with it. */
struct lines {
  const struct state_file_entry *at;
  size_t left;
};
bool next(void *user, struct state_file_entry *saved);

#endif
