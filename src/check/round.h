/* One round of the probes that are configured. */
#ifndef HOLYSHEEP_ROUND_H
#define HOLYSHEEP_ROUND_H

#include "model/settings.h"

#include <stdbool.h>
#include <stdio.h>

/* Makes each probe once, within its limits, and prints the verdicts as they
 * come. StateFile is read, never written. False without memory; else `*good`
 * is whether each verdict was ok. */
bool check_round(FILE *out, bool colour, FILE *report,
                 struct settings *settings, bool *good);

#endif
