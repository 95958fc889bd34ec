/* What is known of a relay: verdicts, counters, figures. */
#ifndef HOLYSHEEP_STATE_H
#define HOLYSHEEP_STATE_H

#include "cause.h"
#include "histogram.h"
#include "outcome.h"
#include "settings.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LABELS_MAX = 128 }; /* collectd's type_instance, with its end */

struct probe_state {
  const struct probe_settings *settings;
  char labels[LABELS_MAX]; /* endpoint and model, as they begin a series */
  enum cause cause;
  enum fault fault;
  bool seen[CAUSE_COUNT][FAULT_COUNT];
  double since;        /* Unix seconds, like all times here */
  unsigned failures;   /* in a row */
  double failing_since; /* the first of them */
  double last_success; /* 0: never */
  double last_probe;   /* its end */
  double duration;     /* of the last that was sent; below 0: none was */
  uint64_t requests[STATUS_COUNT];
  struct histogram latency;
  double phase[PHASE_COUNT]; /* below 0: never ran */
  uint64_t prompt_tokens, completion_tokens;
};

struct relay_state {
  const struct relay_settings *settings;
  const struct bounds *bounds;
  struct probe_state *probes;      /* as many as settings->probe_count */
  uint64_t errors[CAUSE_COUNT];    /* at cause_error_slot() */
  bool has_balance;
  double balance, balance_time, spent;
  int64_t certificate_expiry; /* 0: none seen */
  uint64_t skipped_late;
  double lateness; /* seconds, the worst since the last state_rest() */
  unsigned in_flight;
};

/* What an outcome changed. */
struct change {
  bool verdict;
  bool failures;
  enum cause before;
  bool recovered; /* a row of failures is over now */
  double outage;  /* seconds that it lasted */
};

/* Allocates the probes. Settings and bounds have to outlive the state. */
bool state_init(struct relay_state *relay,
                const struct relay_settings *settings,
                const struct bounds *bounds, double now);
void state_free(struct relay_state *relay);

struct change state_record(struct relay_state *relay, size_t probe,
                           const struct outcome *outcome, double now);

/* A probe was started this many seconds after it was due. */
void state_started(struct relay_state *relay, double late);

/* A new interval begins: the worst lateness is that from here on. */
void state_rest(struct relay_state *relay);

#endif
