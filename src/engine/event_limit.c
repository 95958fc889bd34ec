#include "engine/event_limit.h"

bool event_limit_below(struct event_limit *limit, usec now, usec span) {
  if (limit->used == EVENT_LIMIT_MAX && now - limit->times[limit->next] < span)
    return false;
  limit->times[limit->next] = now;
  limit->next = (limit->next + 1) % EVENT_LIMIT_MAX;
  if (limit->used < EVENT_LIMIT_MAX)
    limit->used++;
  return true;
}
