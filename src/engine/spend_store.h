/* What all the probes with a daily limit have spent, in StateFile: read when
 * collectd begins, and written by a thread of its own whenever it changes. A
 * completion waits until the file has what it may cost, so that nothing that
 * ends collectd makes it forgotten. A disk that fails or hangs does not hold it
 * back: the limit then holds for as long as collectd runs. */
#ifndef HOLYSHEEP_LEDGER_H
#define HOLYSHEEP_LEDGER_H

#include "base/error.h"
#include "engine/runtime.h"
#include "state/state_writer.h"

#include <stdbool.h>
#include <stddef.h>

struct ledger {
  struct relay_run *relays;
  size_t count; /* of relays */
  const char *path;
  struct state_writer *writer; /* NULL: no probe has a daily limit */
  char *text;
  size_t size;
  unsigned long saved;   /* the number of the last text that was handed over */
  unsigned long settled; /* up to this one nobody waits any longer */
  unsigned long seen;    /* up to this one the disk has answered */
  usec waiting_since;    /* for those after it */
  bool stuck;            /* it does not answer, and is not waited for */
  bool unsaved;          /* something has changed since */
  bool told;             /* that it cannot be written */
};

/* Takes up what the file says of probes that there are; where a later version
 * wrote it, nothing more may be spent today. Without a probe with a
 * limit the file is not looked at. A relative path lies in collectd's BaseDir.
 * `woken` is called, in another thread, when the disk has answered. False
 * without memory; ledger_close() is due then as well. `error` is set when the
 * file is of no use, else empty. */
bool ledger_open(struct ledger *ledger, struct relay_run *relays, size_t count,
                 const char *path, state_writer_woken *woken, void *user,
                 double wall, struct error *error);

/* Hands over what has changed, with what is in flight as all that it may cost:
 * nobody hears of its end if collectd ends first. */
void ledger_save(struct ledger *ledger, usec now, double wall);

/* Whether what the next ledger_save() hands over is to be awaited, and its
 * number. */
bool ledger_reserves(const struct ledger *ledger, const struct probe_run *probe,
                     unsigned long *number);

/* Sees what the disk has answered, or not in time. False: that is news, which
 * the log should have. */
bool ledger_look(struct ledger *ledger, usec now, struct error *error);

/* Until when at most somebody has to wait; INT64_MAX: nobody does. */
usec ledger_patience(const struct ledger *ledger);

/* Writes the last state, if the disk takes it at once. */
void ledger_close(struct ledger *ledger, double wall);

#endif
