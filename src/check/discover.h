/* Finds out what a relay offers, for its configuration. */
#ifndef HOLYSHEEP_DISCOVER_H
#define HOLYSHEEP_DISCOVER_H

#include "check/options.h"

#include <stdbool.h>
#include <stdio.h>

/* Sends one request after another, and writes a line about each to `report`.
 * What works is printed to `out` as a <Relay> block. Changes the billing preset
 * in `options`. False: nothing works or the key is rejected, and there is no
 * block. */
bool discover_relay(FILE *out, FILE *report, struct options *options);

#endif
