#ifndef RELAY_HELP_H
#define RELAY_HELP_H

#include <stdio.h>

void help_print(FILE *out);

#endif
