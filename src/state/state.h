/* What is known of a relay: verdicts, counters, figures. */
#ifndef HOLYSHEEP_STATE_H
#define HOLYSHEEP_STATE_H

#include "model/cause.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "model/status.h"
#include "model/suppress_reason.h"
#include "state/histogram.h"
#include "state/spending.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LABELS_MAX = 128 }; /* collectd's type_instance, with its end */

struct probe_state {
  const struct probe_settings *settings;
  char labels[LABELS_MAX]; /* endpoint and model, as they begin a series */
  enum cause cause;
  enum fault fault;
  enum cause last; /* of the last outcome: not suppressed */
  enum fault last_fault;
  bool seen[CAUSE_COUNT][FAULT_COUNT];
  double since;        /* Unix seconds, like all times here */
  unsigned failures;   /* in a row */
  double last_success; /* 0: never */
  double last_probe;   /* its end */
  double duration;     /* of the last that was sent; below 0: none was */
  uint64_t requests[STATUS_COUNT];
  struct histogram latency;
  double phase[PHASE_COUNT]; /* below 0: never ran */
  uint64_t prompt_tokens, completion_tokens;
  struct spending spending;
  uint64_t other_models; /* answers that named another model */
  struct histogram first_token;
  double tokens_per_second, longest_gap; /* of the last stream; below 0: none */
  struct {
    bool has_limit, has_remaining;
    double limit, remaining;
    double reset; /* 0: not told */
  } ratelimit[RATELIMIT_RESOURCES];
  double retry_until;      /* 0: nothing holds */
  bool held[REASON_COUNT]; /* what holds it back now */
};

struct relay_state {
  const struct relay_settings *settings;
  const struct histogram_bounds *bounds;
  struct probe_state *probes;   /* as many as settings->probe_count */
  uint64_t errors[CAUSE_COUNT]; /* at cause_counter() */
  bool has_balance, has_limit, has_used, knows_limits;
  double balance, balance_time, spent, limit, used;
  bool unlimited;
  int64_t key_loaded; /* when the key became what it is */
  int64_t
      key_expiry; /* as the relay tells; 0: not told, or KEY_EXPIRES_NEVER */
  bool has_models;
  uint64_t models, required;  /* as in the last list */
  int64_t certificate_expiry; /* 0: none seen */
  uint64_t skipped[REASON_COUNT];
  double
      lateness; /* seconds, the worst since the last state_reset_lateness() */
  unsigned in_flight;
};

/* What an outcome changed. */
struct change {
  bool verdict;      /* the state's, which may have been suppressed */
  bool news;         /* it is another one than that of the last outcome, */
  enum cause before; /* which was this */
  bool failures;
  bool recovered; /* a row of failures is over now */
  /* For whoever schedules the probes to tell: */
  bool released; /* the user's own limits had held it back, and that was told */
  double outage; /* seconds that the row of failures lasted */
};

/* Allocates the probes. Settings and bounds have to outlive the state. */
bool state_init(struct relay_state *relay,
                const struct relay_settings *settings,
                const struct histogram_bounds *bounds, double now);
void state_free(struct relay_state *relay);

struct change state_record(struct relay_state *relay, size_t probe,
                           const struct probe_result *result, double now);

/* A request of a probe that is not its last one: it counts as a request. */
void state_record_request(struct relay_state *relay, size_t probe,
                          const struct probe_result *result);

/* A probe is this many seconds after its time. */
void state_late(struct relay_state *relay, double late);

/* A probe was started this many seconds after it was due: nothing holds it. */
void state_started(struct relay_state *relay, size_t probe, double late);

/* The relay asked not to be asked before `until`. The verdict stands. */
void state_hold(struct relay_state *relay, size_t probe, double until);

/* Its own limits hold a probe back that was due. True: that is new. */
bool state_suppress(struct relay_state *relay, size_t probe,
                    enum suppress_reason reason, double now);

/* What the relay asked to wait for may be over: nothing holds then. */
void state_expire_retry_after(struct relay_state *relay, double now);

/* A new interval begins: the worst lateness is that from here on. */
void state_reset_lateness(struct relay_state *relay);

#endif
