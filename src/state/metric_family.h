/* The metric families: one row each. collectd's data sets, types.db, the manual
 * page and the tests are derived from them. */
#ifndef HOLYSHEEP_METRIC_FAMILY_H
#define HOLYSHEEP_METRIC_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

enum metric_family {
  METRIC_UP,
  METRIC_VERDICT,
  METRIC_VERDICT_SINCE,
  METRIC_PROBE_FAILING,
  METRIC_INCIDENT,
  METRIC_INCIDENT_SINCE,
  METRIC_FAILURES,
  METRIC_LAST_SUCCESS,
  METRIC_LAST_PROBE,
  METRIC_INTERVAL,
  METRIC_DURATION,
  METRIC_REQUESTS,
  METRIC_LATENCY,
  METRIC_PHASE,
  METRIC_ERRORS,
  METRIC_TOKENS,
  METRIC_PROMPT_TOKENS,
  METRIC_PLAIN_PROMPT_TOKENS,
  METRIC_CACHED_TOKENS,
  METRIC_REASONING_TOKENS,
  METRIC_BUDGET,
  METRIC_BUDGET_LIMIT,
  METRIC_BUDGET_USED,
  METRIC_BUDGET_UNLIMITED,
  METRIC_BUDGET_TIME,
  METRIC_SPENT,
  METRIC_KEY_EXPIRY,
  METRIC_KEY_LOADED,
  METRIC_CERTIFICATE_EXPIRY,
  METRIC_FIRST_TOKEN,
  METRIC_TOKENS_PER_SECOND,
  METRIC_LONGEST_GAP,
  METRIC_RATELIMIT_LIMIT,
  METRIC_RATELIMIT_REMAINING,
  METRIC_RATELIMIT_RESET,
  METRIC_RETRY_UNTIL,
  METRIC_MODELS,
  METRIC_MODEL_AVAILABLE,
  METRIC_MODEL_MISMATCH,
  METRIC_VENDOR_TRACES,
  METRIC_COST,
  METRIC_PRICE,
  METRIC_REFERENCE,
  METRIC_SUPPRESSED,
  METRIC_SKIPPED,
  METRIC_NETWORK_LOST,
  METRIC_LATENESS,
  METRIC_IN_FLIGHT,
  METRIC_BUILD,
  METRIC_COUNT
};

enum metric_kind { GAUGE, COUNTER, HISTOGRAM };

/* In collectd a histogram is three types; the others are one. */
enum metric_suffix {
  SUFFIX_VALUE,
  SUFFIX_BUCKET = SUFFIX_VALUE,
  SUFFIX_SUM,
  SUFFIX_COUNT,
  SUFFIXES
};

struct metric_family_row {
  const char *name; /* in Prometheus, after the scrape job's relabeling */
  enum metric_kind kind;
  const char
      *labels; /* in addition to relay and instance, as `a,b`; may be empty */
  const char *help; /* for the manual, in POD */
};

extern const struct metric_family_row metric_families[METRIC_COUNT];

enum { TYPE_NAME_MAX = 64 };

/* How many suffixes a family has. */
unsigned metric_family_suffix_count(enum metric_family family);

/* The name of collectd's data set for a family and suffix, without the `_total`
 * that write_prometheus adds to counters. */
void metric_family_type_name(enum metric_family family,
                             enum metric_suffix suffix,
                             char name[TYPE_NAME_MAX]);

/* Whether the data set is a DERIVE; otherwise it is a GAUGE. */
bool metric_suffix_is_counter(enum metric_family family,
                              enum metric_suffix suffix);

#endif
