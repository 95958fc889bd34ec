/* Parses decimal numbers. The whole text must be a number within the bounds. */
#ifndef RELAY_NUMBER_H
#define RELAY_NUMBER_H

#include <stdbool.h>

bool number_parse(const char *text, double min, double max, double *number);
bool number_parse_unsigned(const char *text, unsigned max, unsigned *number);

#endif
