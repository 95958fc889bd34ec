/* A simulated wire: what becomes of each request is decided when it starts, and
 * told when its time has come. */
#ifndef HOLYSHEEP_SIM_WIRE_H
#define HOLYSHEEP_SIM_WIRE_H

#include "engine/transport.h"
#include "event_matcher.h"
#include "probe/response.h"
#include "virtual_clock.h"

#include <stdbool.h>
#include <stddef.h>

/* A request that is not over for the engine yet. */
struct flight {
  const struct relay_settings *relay;
  size_t probe; /* of the relay's */
  usec ends;
  struct completion completion;
};

struct wire {
  struct transport transport; /* what the engine drives */
  struct virtual_clock *clock;
  struct event_matcher *script;
  struct response response;
  struct flight *flights; /* in the order in which they were started */
  size_t count, room;
  /* When something else than a request comes; INT64_MAX: nothing does. */
  usec (*alarm)(void *user);
  void *alarm_user;
  /* Told of each request before it is sent, with the event that decides about
   * it or NULL, and of its end. */
  void (*sent)(void *user, const struct request *request,
               const struct story_event *event);
  void (*answered)(void *user, const struct relay_settings *relay, size_t probe,
                   const struct probe_result *result);
  void *user;
};

void wire_init(struct wire *wire, struct virtual_clock *clock,
               struct event_matcher *script, size_t max_headers);
void wire_free(struct wire *wire);

#endif
