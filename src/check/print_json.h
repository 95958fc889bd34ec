/* The machine-readable output of holysheep-check: one JSON object, which
 * holysheep-check(1) describes. */
#ifndef HOLYSHEEP_PRINT_JSON_H
#define HOLYSHEEP_PRINT_JSON_H

#include "check/options.h"
#include "check/scenarios.h"

#include <stdio.h>

/* `results` are in the order of the scenarios. */
void print_json(FILE *out, const struct options *options,
                const struct probe_result results[SCENARIO_COUNT]);

#endif
