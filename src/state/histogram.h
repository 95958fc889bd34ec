/* Cumulative histograms over one list of bounds for all relays. */
#ifndef HOLYSHEEP_HISTOGRAM_H
#define HOLYSHEEP_HISTOGRAM_H

#include "model/settings.h"

#include <stddef.h>
#include <stdint.h>

enum { BOUNDS_MAX = 15 + TIMEOUTS_MAX };

struct bounds {
  double le[BOUNDS_MAX];         /* seconds, ascending */
  char text[BOUNDS_MAX + 1][20]; /* as the label `le` has it; +Inf last */
  size_t count;                  /* +Inf comes on top of these */
};

struct histogram {
  uint64_t bucket[BOUNDS_MAX + 1]; /* not cumulative; the last is +Inf */
  double sum;
};

/* The bounds of request latencies: the usual ones as far as the longest
 * configured timeout, and each configured timeout. */
void bounds_of_latency(struct bounds *bounds, const struct settings *settings);

/* The bounds of times to the first token: OpenTelemetry's
 * gen_ai.server.time_to_first_token, without those that no network allows and
 * with some for models that think. */
extern const struct bounds first_token_bounds;

void histogram_observe(struct histogram *histogram, const struct bounds *bounds,
                       double seconds);

/* How many were at or below bound number `i` (`bounds->count`: all). */
uint64_t histogram_at_most(const struct histogram *histogram, size_t i);

#endif
