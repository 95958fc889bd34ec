/* A relay's probes at run time: what each sends, and when it is due. */
#ifndef HOLYSHEEP_RUNTIME_H
#define HOLYSHEEP_RUNTIME_H

#include "base/timer_heap.h"
#include "engine/event_limit.h"
#include "engine/schedule.h"
#include "engine/sliding_window.h"
#include "model/request.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

struct relay_runtime;

struct probe_runtime {
  struct timer timer; /* first: the agenda gives it back */
  struct relay_runtime *relay;
  size_t index; /* among the relay's */
  struct schedule schedule;
  struct event_limit triggers, explained;
  bool limit_logged; /* that holds it back */
  struct request request;
  char *url, *next_url;      /* of a second request, where one may be needed */
  char *body;                /* written anew for each request */
  struct probe_result first; /* of two requests */
  unsigned requests;         /* how many it takes */
  unsigned reserved;         /* of these, the window keeps room for so many */
  struct probe_runtime
      *next_waiting;         /* for what it costs to be in StateFile, */
  unsigned long reservation; /* which it is with this number */
  bool retry_after_logged;   /* that the relay asks for too long a wait */
};

struct relay_runtime {
  const struct relay_settings *settings;
  struct key key;
  struct relay_state state;
  struct probe_runtime *probes;
  struct sliding_window window; /* of its requests: MaxRequests */
  usec last_published;          /* when its state was, last; the end of that */
  usec publish_time;            /* to hand it on, of late; 0: not known yet */
  size_t series;                /* at least; as many as were handed on last */
  size_t published_series;      /* of these, how many have been handed on */
  usec next_trigger;            /* before this, no probe follows another */
  bool changed;                 /* since the state was handed on, or it is */
  bool publish_due;             /* to be handed on, changed or not */
};

/* `host` is the vantage point's name, `wall` the Unix time. Settings and
 * bounds have to outlive it. False without memory; relay_runtime_free() is due
 * then as well. */
bool relay_runtime_init(struct relay_runtime *relay,
                        const struct relay_settings *settings,
                        const struct histogram_bounds *bounds, const char *host,
                        usec now, double wall);
void relay_runtime_free(struct relay_runtime *relay);

/* Reads the key for the first time. If it cannot be read, the first request
 * will tell. */
void relay_runtime_load_key(struct relay_runtime *relay,
                            const struct files *files, double wall);

/* Reads it again if it has changed. False: there is none that may be used. */
bool relay_runtime_refresh_key(struct relay_runtime *relay, double wall,
                               struct error *error);

/* Makes the request of this moment ready to be sent; `wall` is Unix time. */
void probe_runtime_first(struct probe_runtime *probe, double wall);

/* Some probes take two requests, and both have to fit into the timeout: after
 * an outcome, whether there is to be another one, which is ready then. */
bool probe_runtime_next(struct probe_runtime *probe,
                        const struct probe_result *result);

#endif
