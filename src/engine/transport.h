/* What carries the engine's requests: libcurl (http/http_transport.h), or what
 * a test has instead.
 *
 * The engine starts requests, drives the transport, takes the completed ones,
 * and waits; then again. Only wake() may be called from another thread. */
#ifndef HOLYSHEEP_TRANSPORT_H
#define HOLYSHEEP_TRANSPORT_H

#include "base/clock.h"
#include "model/probe_result.h"
#include "model/request.h"

#include <stdbool.h>

/* A request that is over. */
struct completion {
  void *owner; /* as start() was told */
  struct probe_result result;
};

struct transport {
  void *user;

  /* Sends a request, which has to stay as it is until it is over. `owner` is
   * not NULL. There are never more in flight than the transport was made for.
   * False: memory ran out, and nothing was sent. */
  bool (*start)(void *user, const struct request *request, void *owner);

  /* Does what can be done now, without waiting. */
  void (*drive)(void *user);

  /* The next request that drive() found to be over; it is no longer in flight.
   * False: there is none. */
  bool (*next)(void *user, struct completion *completion);

  /* When drive() is to be called again though wait() would sleep on, if that is
   * before `otherwise`. */
  usec (*deadline)(void *user, usec otherwise);

  /* Waits for the wire, for wake(), or until then. False: waiting is
   * impossible. */
  bool (*wait)(void *user, usec until);

  /* Ends a wait() that is under way, or else the next one, at once. */
  void (*wake)(void *user);

  /* Gives up all that is in flight. */
  void (*cancel)(void *user);
};

#endif
