/* The scenarios of holysheep-check: what is asked, what a relay that behaves
 * answers, and what it means if it does not. */
#ifndef HOLYSHEEP_SCENARIOS_H
#define HOLYSHEEP_SCENARIOS_H

#include "check/options.h"
#include "model/probe_result.h"
#include "probe/probe_kind.h"

#include <stdbool.h>
#include <stdint.h>

enum { SCENARIO_COUNT = 5 };

struct scenario {
  const char *name;
  const char *expected; /* in words */
  const struct probe_kind *kind;
  const char *key;   /* in place of the user's, or NULL */
  const char *model; /* likewise */
  uint64_t causes;   /* those that are as they should be, a bit each */
  const char *meaning, *advice; /* when an answer came that should not */
};

extern const struct scenario scenarios[SCENARIO_COUNT];

/* Asks, and waits for the answer. Whatever the relay says, the user's key is
 * not in the outcome. */
void scenario_run(const struct scenario *scenario,
                  const struct check_options *options,
                  struct probe_result *result);

/* Whether it came as expected. */
bool scenario_passed(const struct scenario *scenario,
                     const struct probe_result *result);

/* How many of them did not. */
unsigned scenarios_failed(const struct probe_result results[SCENARIO_COUNT]);

/* Of one that did not: what it means, and what a person should do. */
const char *scenario_meaning(const struct scenario *scenario,
                             const struct probe_result *result);
const char *scenario_advice(const struct scenario *scenario,
                            const struct probe_result *result);

#endif
