#include "state/histogram.h"

#include <assert.h>
#include <stdio.h>

/* The article's panel and alert use 5 s; OpenTelemetry's bounds for language
 * models range from .01 to 81.92 s. */
static const double default_bounds[] = {.05, .1, .25, .5, 1,  2,  3,  5,
                                        7.5, 10, 15,  20, 30, 60, 120};

const struct histogram_bounds histogram_first_token_bounds = {
    .le = {.1, .25, .5, .75, 1, 1.5, 2.5, 5, 7.5, 10, 20, 30, 60, 120},
    .text = {"0.1", "0.25", "0.5", "0.75", "1", "1.5", "2.5", "5", "7.5", "10",
             "20", "30", "60", "120", "+Inf"},
    .count = 14,
};

static void insert_bound(struct histogram_bounds *bounds, double le) {
  size_t at = 0;
  while (at < bounds->count && bounds->le[at] < le)
    at++;
  if (at < bounds->count && bounds->le[at] <= le)
    return;
  assert(bounds->count < BOUNDS_MAX);
  for (size_t i = bounds->count++; i > at; i--)
    bounds->le[i] = bounds->le[i - 1];
  bounds->le[at] = le;
}

void histogram_latency_bounds(struct histogram_bounds *bounds,
                              const struct settings *settings) {
  double timeout_max = 0;
  bounds->count = 0;
  for (size_t r = 0; r < settings->relay_count; r++)
    for (size_t p = 0; p < settings->relays[r].probe_count; p++) {
      double timeout = seconds_of(settings->relays[r].probes[p].timeout);
      insert_bound(bounds, timeout);
      if (timeout > timeout_max)
        timeout_max = timeout;
    }
  for (size_t i = 0; i < sizeof default_bounds / sizeof *default_bounds &&
                     default_bounds[i] < timeout_max;
       i++)
    insert_bound(bounds, default_bounds[i]);
  for (size_t i = 0; i < bounds->count; i++)
    snprintf(bounds->text[i], sizeof bounds->text[i], "%.10g", bounds->le[i]);
  snprintf(bounds->text[bounds->count], sizeof *bounds->text, "+Inf");
}

void histogram_observe(struct histogram *histogram,
                       const struct histogram_bounds *bounds, double seconds) {
  size_t i = 0;
  while (i < bounds->count && seconds > bounds->le[i])
    i++;
  histogram->bucket[i]++;
  histogram->sum += seconds;
}

uint64_t histogram_cumulative(const struct histogram *histogram, size_t i) {
  uint64_t count = 0;
  for (size_t b = 0; b <= i; b++)
    count += histogram->bucket[b];
  return count;
}
