/* How often something may happen. */
#ifndef HOLYSHEEP_EVENT_LIMIT_H
#define HOLYSHEEP_EVENT_LIMIT_H

#include "base/clock.h"

#include <stdbool.h>

/* At most `max` times within `span`. */
enum { EVENT_LIMIT_MAX = 10 };
struct event_limit {
  usec times[EVENT_LIMIT_MAX]; /* a ring of the last ones */
  unsigned used, next;
};
bool event_limit_below(struct event_limit *limit, usec now, usec span);

#endif
