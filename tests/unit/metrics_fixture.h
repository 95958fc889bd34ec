/* The series of a relay in a test, each with its labels. */
#ifndef HOLYSHEEP_UNIT_METRICS_FIXTURE_H
#define HOLYSHEEP_UNIT_METRICS_FIXTURE_H

#include "state/metrics.h"
#include "unit.h"

enum { SERIES_MAX = 1000 };

struct series {
  enum metric_family family;
  enum metric_suffix suffix;
  char labels[LABELS_MAX];
  double value;
};

/* The relay, and its series at the last series_walk(). */
extern struct unit_relay unit;
extern struct relay_state relay;
extern struct series series_all[SERIES_MAX];
extern size_t series_count;

/* How the labels of what its completions give begin. */
#define MODEL "model=openai%2Fgpt-4o-mini"
#define CHAT "endpoint=chat%2Fcompletions," MODEL

/* The relay as it begins; state_free() it at the end. */
void series_setup(void);

struct probe_result series_result(enum cause cause, int status);
struct ratelimit series_ratelimit(double remaining);
void series_record(size_t probe, struct probe_result result, double now);

/* A success of each probe, at 1001 to 1003. */
void series_make_healthy(void);

/* Checks that each is well-formed and there only once. */
void series_collect(void);

const struct series *series_find(enum metric_family family,
                                 enum metric_suffix suffix, const char *labels);
bool series_exists(enum metric_family family, const char *labels);

/* Of one that is there. */
double series_suffix(enum metric_family family, enum metric_suffix suffix,
                     const char *labels);
double series_value(enum metric_family family, const char *labels);

size_t series_count_of(enum metric_family family);

#endif
