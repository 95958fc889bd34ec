/* What a host's collectd offers, and Prometheus takes: the metrics of its
 * relays become series. */
#ifndef HOLYSHEEP_SIM_EXPOSITION_H
#define HOLYSHEEP_SIM_EXPOSITION_H

#include "base/clock.h"
#include "series.h"
#include "state/metrics.h"
#include "virtual_clock.h"

#include <stddef.h>

/* A value as it was handed on last. */
struct offer {
  enum metric_family family;
  enum metric_suffix suffix;
  char *labels;
  struct series *series;
  usec since; /* of the story */
  double value;
};

/* Those of a relay, in the order in which they are handed on. */
struct relay_offers {
  const struct relay_state *relay;
  struct offer *list;
  size_t count, room;
};

struct exposition {
  struct series_set *set;
  const struct virtual_clock *clock;
  usec sample;   /* from one sample to the next */
  usec interval; /* for which a value is fresh */
  struct relay_offers *relays;
  size_t relay_count, relay_room;
};

/* All times are of the story. */
void exposition_init(struct exposition *exposition, struct series_set *set,
                     const struct virtual_clock *clock, usec sample,
                     usec interval);
void exposition_free(struct exposition *exposition);

/* The state of a relay is handed on. Returns how many series it has. */
size_t exposition_take(struct exposition *exposition,
                       const struct relay_state *relay, usec now);

/* The host stops. */
void exposition_end(struct exposition *exposition, usec now);

#endif
