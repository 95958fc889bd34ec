/* The human-readable output of holysheep-check, within 80 columns. */
#ifndef HOLYSHEEP_PRINT_H
#define HOLYSHEEP_PRINT_H

#include "check/options.h"
#include "check/scenarios.h"
#include "state/state.h"

#include <stdbool.h>
#include <stdio.h>

enum { PRINT_COLUMNS = 80 };

/* The relay and model that are checked, and hints about the key. */
void print_begin(FILE *out, const struct options *options);

void print_scenario(FILE *out, bool colour, const struct scenario *scenario,
                    const struct probe_result *result);

void print_end(FILE *out, unsigned failed);

/* What a valid configuration will do. */
void print_config(FILE *out, const char *path, const struct settings *settings);

/* The result of a configured probe, or why it was suppressed. */
void print_probe(FILE *out, bool colour, const struct relay_state *relay,
                 size_t probe, const struct probe_result *result);
void print_suppressed(FILE *out, const struct relay_state *relay, size_t probe,
                      enum suppress_reason reason);
void print_round_end(FILE *out, size_t probed, size_t failed,
                     size_t suppressed);

/* Prints one line of text, wrapped at blanks before the last column, or within
 * a word that is too long for a line. The first line starts at `column`, the
 * others at `indent`. */
void print_text(FILE *out, unsigned column, unsigned indent, const char *text);

#endif
