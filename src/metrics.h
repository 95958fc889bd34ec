/* The state of a relay as a flat list of series. */
#ifndef HOLYSHEEP_METRICS_H
#define HOLYSHEEP_METRICS_H

#include "family.h"
#include "state.h"

#include <stdint.h>

struct metric {
  unsigned slot; /* the same for the same series of a relay, always */
  enum family family;
  enum part part;
  const char *labels; /* `key=value,...`; gone after the call */
  union {
    double gauge;    /* finite */
    int64_t counter; /* by family_part_counts() */
  } value;
};

typedef void metrics_sink(void *user, const struct metric *metric);

/* Calls `sink` for each series that there is, in the order of their slots.
 * Returns how many slots there are, those of absent series included: a number
 * that does not change while the relay lives. */
unsigned metrics_walk(const struct relay_state *relay, metrics_sink *sink,
                      void *user);

#endif
