/* The system's clock, which libcurl uses as well. */
#ifndef HOLYSHEEP_SYSTEM_CLOCK_H
#define HOLYSHEEP_SYSTEM_CLOCK_H

#include "base/clock.h"

extern const struct clock system_clock;

/* The same, without the pointers. */
usec system_now(void);
double system_wall(void);

#endif
