/* The answers of holysheep-check for people: within 80 columns. */
#ifndef HOLYSHEEP_PRINT_H
#define HOLYSHEEP_PRINT_H

#include "check/options.h"
#include "check/scenarios.h"
#include "state/state.h"

#include <stdbool.h>
#include <stdio.h>

enum { CHECK_COLUMNS = 80 };

/* What is asked of whom, and the hints. */
void check_print_begin(FILE *out, const struct check_options *options);

void check_print_scenario(FILE *out, bool colour,
                          const struct scenario *scenario,
                          const struct probe_result *result);

void check_print_end(FILE *out, unsigned failed);

/* What a configuration comes to. */
void check_print_config(FILE *out, const char *path,
                        const struct settings *settings);

/* What came of a probe that is configured, or holds it back. */
void check_print_probe(FILE *out, bool colour, const struct relay_state *relay,
                       size_t probe, const struct probe_result *result);
void check_print_held(FILE *out, const struct relay_state *relay, size_t probe,
                      enum suppress_reason reason);
void check_print_round_end(FILE *out, size_t asked, size_t failed, size_t held);

/* Prints one line of text, broken at blanks where it would go beyond the last
 * column, and within a word that is longer than that. It begins at `column`;
 * further lines at `indent`. */
void check_print_text(FILE *out, unsigned column, unsigned indent,
                      const char *text);

#endif
