/* The answers of holysheep-check for people: within 80 columns. */
#ifndef HOLYSHEEP_CHECK_PRINT_H
#define HOLYSHEEP_CHECK_PRINT_H

#include "check_options.h"
#include "check_scenarios.h"

#include <stdbool.h>
#include <stdio.h>

enum { CHECK_COLUMNS = 80 };

/* What is asked of whom, and the hints. */
void check_print_begin(FILE *out, const struct check_options *options);

void check_print_scenario(FILE *out, bool colour,
                          const struct scenario *scenario,
                          const struct outcome *outcome);

void check_print_end(FILE *out, unsigned failed);

/* Prints one line of text, broken at blanks where it would go beyond the last
 * column, and within a word that is longer than that. It begins at `column`;
 * further lines at `indent`. */
void check_print_text(FILE *out, unsigned column, unsigned indent,
                      const char *text);

#endif
