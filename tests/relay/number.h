/* Numbers as people write them: decimal, whole text, within bounds. */
#ifndef RELAY_NUMBER_H
#define RELAY_NUMBER_H

#include <stdbool.h>

bool number_read(const char *text, double least, double most, double *number);
bool number_read_whole(const char *text, unsigned most, unsigned *number);

#endif
