/* Histograms. Those of all relays share one list of bounds. */
#ifndef HOLYSHEEP_HISTOGRAM_H
#define HOLYSHEEP_HISTOGRAM_H

#include "model/settings.h"

#include <stddef.h>
#include <stdint.h>

enum { BOUNDS_MAX = 15 + TIMEOUTS_MAX };

struct histogram_bounds {
  double le[BOUNDS_MAX];         /* seconds, ascending */
  char text[BOUNDS_MAX + 1][20]; /* as in the label `le`; +Inf is the last */
  size_t count;                  /* not counting +Inf */
};

struct histogram {
  uint64_t bucket[BOUNDS_MAX + 1]; /* not cumulative; the last is +Inf */
  double sum;
};

/* The bounds of request latencies: the default ones up to the longest
 * configured timeout, and each configured timeout. */
void histogram_latency_bounds(struct histogram_bounds *bounds,
                              const struct settings *settings);

/* The bounds of the time to the first token: those of OpenTelemetry's
 * gen_ai.server.time_to_first_token, without those shorter than any network
 * latency, and with more for reasoning models. */
extern const struct histogram_bounds histogram_first_token_bounds;

void histogram_observe(struct histogram *histogram,
                       const struct histogram_bounds *bounds, double seconds);

/* The cumulative count of bucket `i`: the values up to its bound
 * (`bounds->count`: all of them). */
uint64_t histogram_cumulative(const struct histogram *histogram, size_t i);

#endif
