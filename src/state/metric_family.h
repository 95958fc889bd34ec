/* The families of metrics: one row each. collectd's data sets, types.db, the
 * manual page and the tests are made from these. */
#ifndef HOLYSHEEP_FAMILY_H
#define HOLYSHEEP_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

enum family {
  FAMILY_UP,
  FAMILY_VERDICT,
  FAMILY_VERDICT_SINCE,
  FAMILY_FAILURES,
  FAMILY_LAST_SUCCESS,
  FAMILY_LAST_PROBE,
  FAMILY_INTERVAL,
  FAMILY_DURATION,
  FAMILY_REQUESTS,
  FAMILY_LATENCY,
  FAMILY_PHASE,
  FAMILY_ERRORS,
  FAMILY_TOKENS,
  FAMILY_BUDGET,
  FAMILY_BUDGET_LIMIT,
  FAMILY_BUDGET_USED,
  FAMILY_BUDGET_UNLIMITED,
  FAMILY_BUDGET_TIME,
  FAMILY_SPENT,
  FAMILY_KEY_EXPIRY,
  FAMILY_KEY_LOADED,
  FAMILY_CERTIFICATE_EXPIRY,
  FAMILY_FIRST_TOKEN,
  FAMILY_TOKENS_PER_SECOND,
  FAMILY_LONGEST_GAP,
  FAMILY_RATELIMIT_LIMIT,
  FAMILY_RATELIMIT_REMAINING,
  FAMILY_RATELIMIT_RESET,
  FAMILY_RETRY_UNTIL,
  FAMILY_MODELS,
  FAMILY_MODEL_AVAILABLE,
  FAMILY_MODEL_MISMATCH,
  FAMILY_COST,
  FAMILY_PRICE,
  FAMILY_REFERENCE,
  FAMILY_SUPPRESSED,
  FAMILY_SKIPPED,
  FAMILY_LATENESS,
  FAMILY_IN_FLIGHT,
  FAMILY_BUILD,
  FAMILY_COUNT
};

enum family_kind { GAUGE, COUNTER, HISTOGRAM };

/* A histogram is three types to collectd; the others are one. */
enum part { PART_VALUE, PART_BUCKET = PART_VALUE, PART_SUM, PART_COUNT, PARTS };

struct family_row {
  const char *name; /* in Prometheus, after the scrape job */
  enum family_kind kind;
  const char *labels; /* besides relay and instance, as `a,b`; may be empty */
  const char *help;   /* for the manual, in POD */
};

extern const struct family_row families[FAMILY_COUNT];

enum { TYPE_NAME_MAX = 64 };

/* The parts that a family has. */
unsigned family_parts(enum family family);

/* The name of collectd's data set for a part of a family: write_prometheus
 * adds `_total` to counters by itself. */
void family_type(enum family family, enum part part, char name[TYPE_NAME_MAX]);

/* Whether this part is a DERIVE; else it is a GAUGE. */
bool family_part_counts(enum family family, enum part part);

#endif
