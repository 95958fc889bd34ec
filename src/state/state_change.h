/* How a result differs from what was known before it. */
#ifndef HOLYSHEEP_STATE_CHANGE_H
#define HOLYSHEEP_STATE_CHANGE_H

#include "model/cause.h"

#include <stdbool.h>

/* Failures that were over before they made an incident. */
struct blip {
  unsigned failures;    /* 0: there was none, or it is not to be logged */
  double seconds;       /* from the first of them to the good answer */
  unsigned omitted;     /* failures of blips that were not logged, */
  double omitted_since; /* the first of them then, in Unix seconds */
};

struct state_change {
  bool verdict_changed; /* from the current one, which may be suppressed */
  bool failures_changed;
  bool recovered; /* the first success after failures */
  /* Set by the engine: */
  bool resumed; /* the probe was suppressed before, and that was reported */
  struct blip blip;
};

#endif
