/* Drives the probes of all relays: one loop, in short ticks. Whatever a relay
 * does, a tick ends on time, and what is in flight goes on in the next one.
 *
 * Everything happens in the thread that calls. */
#ifndef HOLYSHEEP_ENGINE_H
#define HOLYSHEEP_ENGINE_H

#include "base/clock.h"
#include "engine/transport.h"
#include "model/files.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

/* Who is told the results. */
struct engine_listener {
  void *user;

  /* A probe is over, and recorded in the state. */
  void (*completed)(void *user, const struct relay_state *relay, size_t probe,
                    const struct probe_result *result,
                    const struct state_change *change);

  /* The user's own limits suppress a probe from now on. */
  void (*suppressed)(void *user, const struct relay_state *relay, size_t probe,
                     enum suppress_reason reason);

  /* The relay's incident has begun or ended, or has another name. */
  void (*incident)(void *user, const struct relay_state *relay,
                   enum incident_event event);

  /* This host has lost its network, or has it again. */
  void (*network)(void *user, const struct network_watch *network);

  /* Publishes the relay's state. Returns how many series it has. */
  size_t (*publish)(void *user, const struct relay_state *relay);

  /* Whether a relay's first state has arrived where it was published. */
  bool (*arrived)(void *user, const struct relay_state *relay);

  /* A warning for the log. */
  void (*warn)(const char *line);
};

/* What an engine is made of; all of it has to outlive the engine. */
struct engine_parts {
  const struct settings *settings;
  const char *host; /* the vantage point's name */
  const struct clock *clock;
  const struct transport *transport; /* made for these settings */
  const struct files *files;
  const struct engine_listener *listener;
};

struct engine;

/* NULL without memory. */
struct engine *engine_new(const struct engine_parts *parts);
void engine_free(struct engine *engine);

/* How often engine_tick() wants to be called. */
usec engine_tick_length(const struct settings *settings);

/* How often the state of a relay is published at least: each
 * interval of the plugin, but not more often than each second. */
usec engine_state_interval(const struct settings *settings);

/* Starts what is due and drives what is in flight, for one tick at most. */
void engine_tick(struct engine *engine);

/* When engine_tick() has something to do next, as far as that is known. A tick
 * that would end before then may be skipped: the results are the same. What
 * arrives on the wire is only known if the transport's deadline() includes it.
 */
usec engine_next_due(const struct engine *engine);

/* Makes every probe once, and returns when all have ended. */
void engine_round(struct engine *engine);

#endif
