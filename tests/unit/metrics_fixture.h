/* A relay in a test, and its series with their labels. */
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

/* The relay, and its series at the last series_collect(). */
extern struct unit_relay unit;
extern struct relay_state relay;
extern struct series series_all[SERIES_MAX];
extern size_t series_count;

/* The labels of its completions begin with this. */
#define MODEL "model=openai%2Fgpt-4o-mini"
#define CHAT "endpoint=chat%2Fcompletions," MODEL

/* The relay's initial state; tests call state_free() at the end. */
void series_setup(void);

struct probe_result series_result(enum cause cause, int status);
struct ratelimit series_ratelimit(double remaining);
void series_record(size_t probe, struct probe_result result, double now);

/* Records a success of each probe, at 1001 to 1003. */
void series_make_healthy(void);

/* Collects the series and checks that each is well-formed and unique. */
void series_collect(void);

const struct series *series_find(enum metric_family family,
                                 enum metric_suffix suffix, const char *labels);
bool series_exists(enum metric_family family, const char *labels);

/* The series must exist. */
double series_suffix(enum metric_family family, enum metric_suffix suffix,
                     const char *labels);
double series_value(enum metric_family family, const char *labels);

size_t series_count_of(enum metric_family family);

#endif
