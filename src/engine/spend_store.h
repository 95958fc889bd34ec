/* What all the probes with a daily limit have spent, in StateFile: read when
 * collectd begins, and written by a thread of its own whenever it changes. A
 * completion waits until the file has what it may cost, so that nothing that
 * ends collectd makes it forgotten. A disk that fails or hangs does not hold it
 * back: the limit then holds for as long as collectd runs. */
#ifndef HOLYSHEEP_SPEND_STORE_H
#define HOLYSHEEP_SPEND_STORE_H

#include "base/error.h"
#include "engine/runtime.h"
#include "model/files.h"

#include <stdbool.h>
#include <stddef.h>

struct spend_store {
  struct relay_runtime *relays;
  size_t count; /* of relays */
  const char *path;
  const struct files *files;
  void *writer; /* NULL: no probe has a daily limit */
  char *text;
  size_t size;
  unsigned long saved;   /* the number of the last text that was handed over */
  unsigned long settled; /* up to this one nobody waits any longer */
  unsigned long seen;    /* up to this one the disk has answered */
  usec waiting_since;    /* for those after it */
  bool stuck;            /* it does not answer, and is not waited for */
  bool unsaved;          /* something has changed since */
  bool logged;           /* that it cannot be written */
};

/* Takes up what the file says of probes that there are; where a later version
 * wrote it, nothing more may be spent today. Without a probe with a
 * limit the file is not looked at. A relative path lies in collectd's BaseDir.
 * The first four members of the store have to be set. `on_written` is called,
 * perhaps from another thread, when the disk has answered. False without
 * memory; spend_store_close() is due then as well. `error` is set when the file
 * is of no use, else empty. */
bool spend_store_open(struct spend_store *spend_store,
                      void (*on_written)(void *user), void *user, double wall,
                      struct error *error);

/* Hands over what has changed, with what is in flight as all that it may cost:
 * nobody hears of its end if collectd ends first. */
void spend_store_record(struct spend_store *spend_store, usec now, double wall);

/* Whether what the next spend_store_record() hands over is to be awaited, and
 * its number. */
bool spend_store_reserves(const struct spend_store *spend_store,
                          const struct probe_runtime *probe,
                          unsigned long *number);

/* Sees what the disk has answered, or not in time. False: that is news, which
 * the log should have. */
bool spend_store_poll(struct spend_store *spend_store, usec now,
                      struct error *error);

/* Whether something is to be handed over, or the disk has yet to answer. */
bool spend_store_is_pending(const struct spend_store *spend_store);

/* Until when at most somebody has to wait; INT64_MAX: nobody does. */
usec spend_store_deadline(const struct spend_store *spend_store);

/* Writes the last state, if the disk takes it at once. */
void spend_store_close(struct spend_store *spend_store, usec now, double wall);

#endif
