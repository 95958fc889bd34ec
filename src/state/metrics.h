/* Converts the state of a relay to a flat list of series. */
#ifndef HOLYSHEEP_METRICS_H
#define HOLYSHEEP_METRICS_H

#include "state/metric_family.h"
#include "state/state.h"

#include <stddef.h>
#include <stdint.h>

struct metric {
  enum metric_family family;
  enum metric_suffix suffix;
  const char *labels; /* `key=value,...`; only valid during the call */
  union {
    double gauge;    /* finite */
    int64_t counter; /* by metric_suffix_is_counter() */
  } value;
};

typedef void metric_emit(void *user, const struct metric *metric);

/* Calls `emit` for each series that exists, and returns their number. The
 * relay's series come first, then each probe's, with its verdict at the end, so
 * that a scrape in between never sees a verdict without its values. A series
 * that exists stays, except for holysheep_up while its probe is suppressed, and
 * the key's expiry once the relay reports that there is none. */
size_t metrics_collect(const struct relay_state *relay, metric_emit *emit,
                       void *user);

#endif
