/* How a result differs from what was known before it. */
#ifndef HOLYSHEEP_STATE_CHANGE_H
#define HOLYSHEEP_STATE_CHANGE_H

#include "model/cause.h"

#include <stdbool.h>

struct state_change {
  bool verdict_changed; /* from the current one, which may be suppressed */
  bool failures_changed;
  bool recovered; /* the first success after failures */
  /* Set by the engine: */
  bool resumed; /* the probe was suppressed before, and that was reported */
};

#endif
