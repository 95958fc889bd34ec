/* The state of a relay and its probes: verdicts, counters, gauges. */
#ifndef HOLYSHEEP_STATE_H
#define HOLYSHEEP_STATE_H

#include "model/cause.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "model/status.h"
#include "model/suppress_reason.h"
#include "probe/vendor_trace.h"
#include "state/histogram.h"
#include "state/relay_incidents.h"
#include "state/spending.h"
#include "state/state_change.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LABELS_MAX = 128 }; /* collectd's type_instance, terminated */

struct probe_state {
  const struct probe_settings *settings;
  char labels[LABELS_MAX]; /* endpoint and model, the first of each series */
  enum cause cause;
  enum fault fault;
  enum cause last_cause; /* of the last result: never suppressed */
  enum fault last_fault;
  bool seen[CAUSE_COUNT][FAULT_COUNT];
  struct probe_result failure; /* the last one */
  double since;                /* Unix seconds, like all times here */
  unsigned failures;           /* in a row */
  double last_success;         /* 0: never */
  double last_probe;           /* when it ended */
  double duration;             /* of the last request; below 0: none was sent */
  uint64_t requests[STATUS_COUNT];
  struct histogram latency;
  double phase[PHASE_COUNT]; /* below 0: never ran */
  uint64_t prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens;
  uint64_t last_prompt_tokens; /* of the last answer with a usage; 0: none */
  struct spending spending;
  uint64_t model_mismatches;       /* answers that name another model */
  uint64_t vendor_traces[VENDORS]; /* answers with a trace of that vendor */
  struct histogram first_token;
  double tokens_per_second, longest_gap; /* of the last stream; below 0: none */
  struct {
    bool has_limit, has_remaining;
    double limit, remaining;
    double reset; /* 0: unknown */
  } ratelimit[RATELIMIT_RESOURCES];
  double retry_until;            /* 0: not waiting */
  bool suppressed[REASON_COUNT]; /* why it is suppressed now */
};

struct relay_state {
  const struct relay_settings *settings;
  const struct histogram_bounds *bounds;
  struct relay_incidents incidents;
  struct probe_state *probes;   /* as many as settings->probe_count */
  uint64_t errors[CAUSE_COUNT]; /* at cause_counter() */
  bool has_balance, has_limit, has_used, has_unlimited;
  double balance, balance_time, spent, limit, used;
  bool unlimited;
  bool key_changed;   /* the above is what the relay said of an earlier key */
  int64_t key_loaded; /* when the current key was first read */
  int64_t key_expiry; /* from the relay; 0: unknown, or KEY_EXPIRES_NEVER */
  bool has_models;
  uint64_t models, required;  /* in the last list */
  int64_t certificate_expiry; /* 0: unknown */
  uint64_t skipped[REASON_COUNT];
  double lateness; /* seconds, the maximum since state_reset_lateness() */
  unsigned in_flight;
};

/* Allocates the probes' states; false if out of memory. Settings and bounds
 * must outlive the state. */
bool state_init(struct relay_state *relay,
                const struct relay_settings *settings,
                const struct histogram_bounds *bounds, double now);
void state_free(struct relay_state *relay);

/* Records the result of a probe. */
struct state_change state_record(struct relay_state *relay, size_t probe,
                                 const struct probe_result *result, double now);

/* Records a request of a probe that needs another one: only as a request. */
void state_record_request(struct relay_state *relay, size_t probe,
                          const struct probe_result *result);

/* A probe is late by this many seconds. */
void state_record_lateness(struct relay_state *relay, double seconds);

/* A probe was started, late by this many seconds: it is not suppressed now. */
void state_record_start(struct relay_state *relay, size_t probe,
                        double seconds);

/* The relay asked not to be probed before `until`. The verdict stays. */
void state_set_retry_after(struct relay_state *relay, size_t probe,
                           double until);

/* A probe was due, but its own limits suppress it. True if it was not
 * suppressed for this reason before. */
bool state_suppress(struct relay_state *relay, size_t probe,
                    enum suppress_reason reason, double now);

/* Another key is used, which was first read at this Unix time: the old one's
 * expiry is forgotten, and the rest with the new one's first balance. */
void state_set_key_loaded(struct relay_state *relay, int64_t loaded);

/* Ends the waits that a relay asked for and that are over at `now`. */
void state_expire_retry_after(struct relay_state *relay, double now);

/* Starts a new interval for the maximum lateness. */
void state_reset_lateness(struct relay_state *relay);

#endif
