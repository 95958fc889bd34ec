/* A relay's probes at run time: what each sends, and when it is due. */
#ifndef HOLYSHEEP_RUNTIME_H
#define HOLYSHEEP_RUNTIME_H

#include "base/timer_heap.h"
#include "engine/balance_places.h"
#include "engine/event_limit.h"
#include "engine/schedule.h"
#include "engine/sliding_window.h"
#include "model/request.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

struct relay_runtime;

struct probe_runtime {
  struct timer timer; /* first: it is cast back to the probe */
  struct relay_runtime *relay;
  size_t index; /* among the relay's */
  struct schedule schedule;
  usec shared_phase; /* with Share: on the wall clock */
  struct event_limit triggers, suppressions, blips;
  unsigned blip_failures; /* of blips that were not logged, */
  double blips_since;     /* the first of them then */
  bool suppression_logged;
  struct request request;
  struct balance_places places;
  struct probe_urls {
    char *first, *second;    /* of a second request, where one may be needed */
  } * urls;                  /* for each place; or one pair */
  char *body, *expected;     /* written anew for each request */
  struct probe_result first; /* of two requests */
  int64_t key_loaded;        /* the key's `loaded` when the first was sent */
  unsigned requests;         /* how many it takes */
  unsigned reserved;         /* how many of these are reserved in the window */
  struct probe_runtime
      *next_waiting;         /* until StateFile contains what it costs, */
  unsigned long reservation; /* in the text with this number */
  bool retry_after_logged;   /* that the relay's Retry-After is too long */
};

struct relay_runtime {
  struct timer incident_timer;
  const struct relay_settings *settings;
  struct key key;
  struct relay_state state;
  struct probe_runtime *probes;
  struct sliding_window window; /* of its requests: MaxRequests */
  usec next_publish;            /* its state is not published before this */
  usec publish_time;            /* how long that took; 0: not known yet */
  size_t series;                /* when published last; before that, at least */
  size_t published_series;      /* the most that were published so far */
  usec next_trigger;            /* no probe triggers another before this */
  bool changed;     /* since the state was published, or it is due */
  bool publish_due; /* whether it has changed or not */
};

/* `host` is the name of the vantage point, `wall` the Unix time. Settings and
 * bounds have to outlive it. False without memory; relay_runtime_free() has to
 * be called then as well. */
bool relay_runtime_init(struct relay_runtime *relay,
                        const struct relay_settings *settings,
                        const struct histogram_bounds *bounds, const char *host,
                        usec now, double wall);
void relay_runtime_free(struct relay_runtime *relay);

/* Reads the key for the first time. If it cannot be read, the first request
 * will report that. */
void relay_runtime_load_key(struct relay_runtime *relay,
                            const struct files *files, double wall);

/* Reads it again if it has changed. False: there is none that may be used. */
bool relay_runtime_refresh_key(struct relay_runtime *relay, double wall,
                               struct error *error);

/* A probe that is shared with other hosts keeps to the wall clock, which may
 * have been set: its next turn is calculated anew each time it starts. A run is
 * never less than half an interval after the one before it, nor more than one
 * and a half, whatever the clock does. */
void probe_runtime_follow_clock(struct probe_runtime *probe, usec now,
                                double wall);

/* Prepares the first request of a run that starts at `wall`, in Unix time. */
void probe_runtime_first(struct probe_runtime *probe, double wall);

/* Whether the run needs another request after this result of one, which is then
 * prepared; else `result` is that of the run, whose requests together have to
 * fit into the timeout. `other` is the result of a request that the run does
 * not result in, if there is one that was not handed out before: else it was
 * not attempted. */
bool probe_runtime_next(struct probe_runtime *probe,
                        struct probe_result *result,
                        struct probe_result *other);

/* The result that is not handed out yet when a request cannot be sent; NULL:
 * there is none. */
const struct probe_result *
probe_runtime_held(const struct probe_runtime *probe);

#endif
