/* The answers of holysheep-check for programs: one JSON object, of the shape
 * that holysheep-check(1) describes. */
#ifndef HOLYSHEEP_PRINT_JSON_H
#define HOLYSHEEP_PRINT_JSON_H

#include "check/options.h"
#include "check/scenarios.h"

#include <stdio.h>

/* The outcomes in the order of the scenarios. */
void check_json_print(FILE *out, const struct check_options *options,
                      const struct probe_result results[SCENARIO_COUNT]);

#endif
