/* What all the probes with a daily limit have spent, in StateFile. */
#ifndef HOLYSHEEP_LEDGER_H
#define HOLYSHEEP_LEDGER_H

#include "error.h"
#include "prober.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes up what the file says of probes that there are. Without such a probe
 * the file is not looked at. */
bool ledger_load(struct relay_run *relays, size_t count, const char *path,
                 struct error *error);

/* What is in flight counts as all that it may cost: nobody hears of its end if
 * collectd ends first. A relative path lies in collectd's BaseDir. False: it
 * was not written. */
bool ledger_save(const struct relay_run *relays, size_t count, const char *path,
                 double now, struct error *error);

#endif
