/* What is published fits together, and counters only grow. */
#include "invariants.h"
#include "memory.h"
#include "probe/probe_kind.h"
#include "state/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A series as it was published last. */
struct watched_series {
  enum metric_family family;
  enum metric_suffix part;
  char *labels;
  double value;
};

/* What is being published of a relay. */
struct walk {
  struct invariants *watch;
  struct watched_relay *relay;
  size_t at;
  /* The histogram that is met, from its sum to its lowest bucket. */
  double sum, count, wider, bound, least, most;
};

/* --- counters ------------------------------------------------------------- */

static bool is_of(const struct watched_series *series,
                  const struct metric *metric) {
  return series->family == metric->family && series->part == metric->suffix &&
         strcmp(series->labels, metric->labels) == 0;
}

/* They come in the same order each time; some are new, and some left out. */
static struct watched_series *find(struct walk *walk,
                                   const struct metric *metric, double value) {
  struct watched_relay *relay = walk->relay;
  for (size_t i = walk->at; i < relay->series_count; i++)
    if (is_of(&relay->series[i], metric)) {
      walk->at = i + 1;
      return &relay->series[i];
    }
  relay->series = memory_grow(relay->series, relay->series_count,
                              &relay->series_room, sizeof *relay->series);
  struct watched_series *series = &relay->series[walk->at];
  memmove(series + 1, series,
          (relay->series_count++ - walk->at++) * sizeof *series);
  *series = (struct watched_series){metric->family, metric->suffix,
                                    memory_text(metric->labels), value};
  return series;
}

static double value_of(const struct metric *metric) {
  return metric_suffix_is_counter(metric->family, metric->suffix)
             ? (double)metric->value.counter
             : metric->value.gauge;
}

/* Sums of money and of seconds are gauges for collectd only. */
static bool only_grows(const struct metric *metric) {
  const char *name = metric_families[metric->family].name;
  size_t length = strlen(name);
  return metric_families[metric->family].kind != GAUGE ||
         strcmp(name + length - 6, "_total") == 0;
}

static void check_growth(struct walk *walk, const struct metric *metric) {
  double value = value_of(metric);
  struct watched_series *series = find(walk, metric, value);
  if (!isfinite(value) || (only_grows(metric) && value < series->value))
    invariants_fail(walk->watch, NULL, "counter", "%s{%s} from %.17g to %.17g",
                    metric_families[metric->family].name, metric->labels,
                    series->value, value);
  series->value = value;
}

/* --- histograms ----------------------------------------------------------- */

static double bound_of(const char *labels) {
  const char *le = strstr(labels, "le=");
  return le == NULL || strcmp(le, "le=+Inf") == 0 ? INFINITY : atof(le + 3);
}

/* The values in a bucket lie between its bound and that of the one below. */
static void check_bucket(struct walk *walk, const struct metric *metric) {
  double count = value_of(metric), bound = bound_of(metric->labels);
  if (isinf(bound) ? count != walk->count
                   : count > walk->wider || bound >= walk->bound)
    invariants_fail(walk->watch, NULL, "histogram", "%s{%s} %g, then %g",
                    metric_families[metric->family].name, metric->labels,
                    walk->wider, count);
  if (!isinf(bound)) {
    double inside = walk->wider - count;
    walk->least += inside * bound;
    walk->most += inside > 0 ? inside * walk->bound : 0;
  }
  walk->wider = count;
  walk->bound = bound;
}

/* After the lowest bucket, whose values lie above 0. */
static void check_sum(struct walk *walk) {
  walk->most += walk->wider > 0 ? walk->wider * walk->bound : 0;
  double slack = 1e-6 * (1 + walk->sum);
  if (walk->sum < walk->least - slack || walk->sum > walk->most + slack)
    invariants_fail(walk->watch, NULL, "histogram",
                    "a sum of %g between %g and %g", walk->sum, walk->least,
                    walk->most);
}

static void check_histogram(struct walk *walk, const struct metric *metric) {
  if (metric->suffix == SUFFIX_SUM) {
    walk->sum = metric->value.gauge;
    walk->least = walk->most = 0;
  } else if (metric->suffix == SUFFIX_COUNT) {
    walk->count = walk->wider = value_of(metric);
  } else {
    check_bucket(walk, metric);
  }
}

static void check(void *user, const struct metric *metric) {
  struct walk *walk = user;
  bool histogram = metric_families[metric->family].kind == HISTOGRAM;
  check_growth(walk, metric);
  if (walk->bound > 0 && (!histogram || metric->suffix == SUFFIX_SUM)) {
    check_sum(walk);
    walk->bound = 0;
  }
  if (histogram)
    check_histogram(walk, metric);
}

/* --- what was seen -------------------------------------------------------- */

static double sum_of(const struct watched_relay *relay,
                     enum metric_family family, enum metric_suffix part,
                     const char *labels) {
  double sum = 0;
  for (size_t i = 0; i < relay->series_count; i++) {
    const struct watched_series *series = &relay->series[i];
    size_t length = strlen(labels);
    if (series->family == family && series->part == part &&
        strncmp(series->labels, labels, length) == 0 &&
        (series->labels[length] == ',' || series->labels[length] == '\0' ||
         length == 0))
      sum += series->value;
  }
  return sum;
}

static void expect(struct invariants *watch, const struct watched_probe *probe,
                   const char *what, double seen, double expected) {
  if (seen != expected)
    invariants_fail(watch, probe, "count", "%s: %g where %g were seen", what,
                    seen, expected);
}

/* While a balance is searched for, one answer may be held back: it may be what
 * the run results in. */
static void expect_requests(struct invariants *watch,
                            const struct watched_probe *probe, const char *what,
                            double seen, unsigned long long answered) {
  bool held = probe->in_flight && invariants_is_searched(probe) &&
              seen == (double)answered - 1;
  expect(watch, probe, what, seen, (double)answered - held);
}

static void check_probe(struct invariants *watch,
                        const struct watched_relay *relay,
                        const struct watched_probe *probe,
                        const struct probe_state *state) {
  const char *labels = state->labels;
  expect_requests(watch, probe, "requests",
                  sum_of(relay, METRIC_REQUESTS, SUFFIX_VALUE, labels),
                  probe->requests);
  expect_requests(watch, probe, "latencies",
                  sum_of(relay, METRIC_LATENCY, SUFFIX_COUNT, labels),
                  probe->latencies);
  expect(watch, probe, "verdicts",
         sum_of(relay, METRIC_VERDICT, SUFFIX_VALUE, labels), 1);
  expect(watch, probe, "failures in a row",
         sum_of(relay, METRIC_FAILURES, SUFFIX_VALUE, labels), probe->failures);
  enum cause cause =
      state->cause == CAUSE_SUPPRESSED ? CAUSE_SUPPRESSED : probe->cause;
  if (state->cause != cause)
    invariants_fail(watch, probe, "verdict", "%s after %s",
                    causes[state->cause].name, causes[cause].name);
}

void invariants_metrics_check(struct invariants *watch,
                              struct watched_relay *relay,
                              const struct relay_state *state) {
  struct walk walk = {.watch = watch, .relay = relay};
  double failed = 0;
  metrics_collect(state, check, &walk);
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    check_probe(watch, relay, &relay->probes[i], &state->probes[i]);
    failed += (double)relay->probes[i].failed;
  }
  expect(watch, NULL, "errors", sum_of(relay, METRIC_ERRORS, SUFFIX_VALUE, ""),
         failed);
}

void invariants_metrics_free(struct watched_relay *relay) {
  for (size_t i = 0; i < relay->series_count; i++)
    free(relay->series[i].labels);
  free(relay->series);
}
