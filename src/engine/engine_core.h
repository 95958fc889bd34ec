/* What the parts of the engine share: engine.c, which has the loop, and
 * probe_lifecycle.c, which has what becomes of each probe. */
#ifndef HOLYSHEEP_ENGINE_CORE_H
#define HOLYSHEEP_ENGINE_CORE_H

#include "base/timer_heap.h"
#include "engine/engine.h"
#include "engine/publish_pacer.h"
#include "engine/request_slots.h"
#include "engine/runtime.h"
#include "engine/state_store.h"
#include "state/histogram.h"

#include <stdbool.h>
#include <stddef.h>

struct engine {
  const struct settings *settings;
  const struct clock *clock;
  const struct transport *transport;
  const struct engine_listener *listener;
  struct histogram_bounds bounds;
  struct relay_runtime *relays;
  size_t relay_count;
  struct timer_heap timers;          /* the probes that are not in flight */
  struct timer_heap incident_timers; /* the relays with something to wait for */
  struct network_watch network;
  usec next_ask; /* no relay is asked before this whether it can be reached */
  struct publish_pacer pacer;
  struct request_slots slots; /* each probe has one until it is over */
  size_t changed;             /* how many relays have */
  usec next_change;           /* before that, none of them is published */
  size_t last_published;      /* the last relay that was, */
  bool any_published;         /* and whether one was in this tick */
  usec tick;
  usec until;      /* this tick lasts */
  usec lag;        /* by which ticks ended late recently */
  usec ended;      /* the last tick */
  bool round_only; /* each probe runs once */
  struct state_store state_store;
  struct probe_runtime *waiting; /* for the state store */
};

usec engine_now(const struct engine *engine);
double engine_wall(const struct engine *engine);

#endif
