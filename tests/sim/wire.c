#include "wire.h"

#include "memory.h"
#include "request_timeline.h"

#include <stdlib.h>
#include <string.h>

static bool start(void *user, const struct request *request, void *owner) {
  struct wire *wire = user;
  double time = virtual_clock_story(wire->clock->now);
  const struct story_event *event =
      event_matcher_decide(wire->script, request, time);
  wire->sent(wire->user, request, event);
  wire->flights = memory_grow(wire->flights, wire->count, &wire->room,
                              sizeof *wire->flights);
  struct flight *flight = &wire->flights[wire->count++];
  flight->relay = request->relay;
  flight->probe = request->index;
  flight->completion.owner = owner;
  flight->ends = request_timeline_play(
      wire->clock, request, event, &wire->response, &flight->completion.result);
  return true;
}

static void drive(void *user) { (void)user; }

/* The first to end; of several, that which was started first. */
static size_t first_of(const struct wire *wire) {
  size_t first = 0;
  for (size_t i = 1; i < wire->count; i++)
    if (wire->flights[i].ends < wire->flights[first].ends)
      first = i;
  return first;
}

static bool next(void *user, struct completion *completion) {
  struct wire *wire = user;
  size_t first = first_of(wire);
  if (wire->count == 0 || wire->flights[first].ends > wire->clock->now)
    return false;
  const struct flight *flight = &wire->flights[first];
  *completion = flight->completion;
  wire->answered(wire->user, flight->relay, flight->probe, &completion->result);
  wire->count--;
  memmove(&wire->flights[first], &wire->flights[first + 1],
          (wire->count - first) * sizeof *wire->flights);
  return true;
}

static usec deadline(void *user, usec otherwise) {
  const struct wire *wire = user;
  usec when = wire->alarm(wire->alarm_user);
  if (wire->count > 0 && wire->flights[first_of(wire)].ends < when)
    when = wire->flights[first_of(wire)].ends;
  return when < otherwise ? when : otherwise;
}

/* It always takes a moment, or nothing would ever come next. */
static bool wait(void *user, usec until) {
  struct wire *wire = user;
  usec now = wire->clock->now, then = deadline(wire, until);
  virtual_clock_advance(wire->clock, then > now ? then : now + 1);
  return true;
}

/* Nobody but the engine's own thread could. */
static void wake(void *user) { (void)user; }

static void cancel(void *user) { ((struct wire *)user)->count = 0; }

void wire_init(struct wire *wire, struct virtual_clock *clock,
               struct event_matcher *script, size_t max_headers) {
  *wire = (struct wire){.transport = {.user = wire,
                                      .start = start,
                                      .drive = drive,
                                      .next = next,
                                      .deadline = deadline,
                                      .wait = wait,
                                      .wake = wake,
                                      .cancel = cancel},
                        .clock = clock,
                        .script = script};
  if (!response_init(&wire->response, max_headers))
    memory_resize(NULL, SIZE_MAX, 1); /* ends the program */
}

void wire_free(struct wire *wire) {
  response_free(&wire->response);
  free(wire->flights);
}
