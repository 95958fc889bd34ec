/* Finds out what a relay has, for its configuration. */
#ifndef HOLYSHEEP_DISCOVER_H
#define HOLYSHEEP_DISCOVER_H

#include "check/options.h"

#include <stdbool.h>
#include <stdio.h>

/* Asks, one request after the other, and says what came of each in `report`, a
 * line each. What works is printed to `out` as a <Relay> block. `transfer` is
 * an idle one; the options name another kind of balance afterwards. False:
 * nothing works, or the key is refused, and there is no block. */
bool check_discover(FILE *out, FILE *report, struct check_options *options);

#endif
