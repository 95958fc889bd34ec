/* What the probes with a daily limit have spent, and which incidents are open,
 * in StateFile: read when collectd starts, and written whenever it changes. A
 * completion waits until the file contains what it may cost, so that this is
 * not lost however collectd ends. It does not wait for a disk that fails or
 * hangs: the limit then applies only as long as collectd runs. */
#ifndef HOLYSHEEP_STATE_STORE_H
#define HOLYSHEEP_STATE_STORE_H

#include "base/error.h"
#include "engine/runtime.h"
#include "model/files.h"

#include <stdbool.h>
#include <stddef.h>

struct state_store {
  struct relay_runtime *relays;
  size_t count; /* of relays */
  const char *path;
  const struct files *files;
  void *writer;
  double opened; /* when the file was read, in Unix seconds, */
  usec opened_at;
  char *text;
  size_t size;
  unsigned long submitted; /* the number of the last text */
  unsigned long settled;   /* probes no longer wait for texts up to this one */
  unsigned long handled;   /* the last text that was written, or failed */
  usec waiting_since;      /* for the one after it */
  usec recorded;           /* when a text was submitted last */
  bool stuck;              /* the disk hangs, and is not waited for */
  bool dirty;              /* something has changed since the last text */
  bool logged;             /* that it cannot be written */
};

/* Reads what the file says about the configured probes. If a newer version
 * wrote it, nothing more may be spent today. A relative path is in collectd's
 * BaseDir. The first four members of the store have to be set. `on_written` is
 * called, perhaps from another thread, whenever a text was written or failed.
 * False without memory; state_store_close() has to be called then as well.
 * `error` says why the file cannot be used, or is empty. */
bool state_store_open(struct state_store *state_store,
                      void (*on_written)(void *user), void *user, usec now,
                      double wall, struct error *error);

/* Submits what has changed. A request in flight counts as the most that it may
 * cost, in case collectd ends before it does. */
void state_store_record(struct state_store *state_store, usec now, double wall);

/* Whether the probe has to wait for the next text that state_store_record()
 * submits, and the number of that text. */
bool state_store_reserves(const struct state_store *state_store,
                          const struct probe_runtime *probe,
                          unsigned long *number);

/* Looks whether the disk has answered in time. False: it has failed, or hangs,
 * which should be logged. */
bool state_store_poll(struct state_store *state_store, usec now,
                      struct error *error);

/* Whether something is to be submitted, or was and is not written yet. */
bool state_store_is_pending(const struct state_store *state_store);

/* When probes stop waiting; INT64_MAX: none waits. */
usec state_store_deadline(const struct state_store *state_store);

/* Writes the last state, unless that takes too long. */
void state_store_close(struct state_store *state_store, usec now, double wall);

#endif
