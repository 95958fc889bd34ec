/* A limit on how often something may happen. */
#ifndef HOLYSHEEP_EVENT_LIMIT_H
#define HOLYSHEEP_EVENT_LIMIT_H

#include "base/clock.h"

#include <stdbool.h>

enum { EVENT_LIMIT_MAX = 10 }; /* times within a span */

struct event_limit {
  usec times[EVENT_LIMIT_MAX]; /* a ring of the last ones */
  unsigned used, next;
};

/* Whether it may happen now; then it counts. */
bool event_limit_below(struct event_limit *limit, usec now, usec span);

#endif
