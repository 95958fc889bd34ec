/* The state of a relay as a flat list of series. */
#ifndef HOLYSHEEP_METRICS_H
#define HOLYSHEEP_METRICS_H

#include "state/metric_family.h"
#include "state/state.h"

#include <stddef.h>
#include <stdint.h>

struct metric {
  enum metric_family family;
  enum metric_suffix part;
  const char *labels; /* `key=value,...`; gone after the call */
  union {
    double gauge;    /* finite */
    int64_t counter; /* by metric_suffix_counts() */
  } value;
};

typedef void metrics_sink(void *user, const struct metric *metric);

/* Calls `sink` for each series that there is, and returns how many that are.
 * Those of the relay come first, then each probe's, whose verdict is its last:
 * who reads while they are handed on sees the figures of a verdict with it.
 * Once there a series stays, but for holysheep_up while its probe is held
 * back, and the key's expiry once the relay tells that there is none. */
size_t metrics_collect(const struct relay_state *relay, metrics_sink *sink,
                       void *user);

#endif
