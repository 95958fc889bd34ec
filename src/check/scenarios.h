/* The scenarios of holysheep-check: the request, the answer of a relay that
 * works correctly, and what any other answer means. */
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
  const char *expected;          /* in words */
  const struct probe_kind *kind; /* NULL: that of the chosen API */
  const char *key;               /* instead of the user's, or NULL */
  const char *model;             /* likewise */
  uint64_t causes;               /* the expected ones, a bit each */
  const char *meaning, *advice;  /* of an answer that should be a refusal */
};

extern const struct scenario scenarios[SCENARIO_COUNT];

const struct probe_kind *scenario_kind(const struct scenario *scenario,
                                       const struct options *options);

/* Sends the request and waits for the answer. Whatever the relay says, the
 * user's key is redacted from the result. */
void scenario_run(const struct scenario *scenario,
                  const struct options *options, struct probe_result *result);

/* Whether the result is as expected. */
bool scenario_passed(const struct scenario *scenario,
                     const struct probe_result *result);

/* How many of the results are not. */
unsigned scenarios_failed(const struct probe_result results[SCENARIO_COUNT]);

/* What a failed scenario means, and what to do. */
const char *scenario_meaning(const struct scenario *scenario,
                             const struct probe_result *result);
const char *scenario_advice(const struct scenario *scenario,
                            const struct probe_result *result);

#endif
