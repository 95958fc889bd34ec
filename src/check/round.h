/* Runs each configured probe once. */
#ifndef HOLYSHEEP_ROUND_H
#define HOLYSHEEP_ROUND_H

#include "model/settings.h"

#include <stdbool.h>
#include <stdio.h>

/* Runs each probe once, within its limits, and prints the verdicts as they
 * come. StateFile is read but not written. False if out of memory; otherwise
 * `*passed` is whether every verdict was ok. Warnings go to `report`. */
bool round_run(FILE *out, bool colour, FILE *report, struct settings *settings,
               bool *passed);

#endif
