/* The two clocks: one for how long things take, one for when they were. */
#ifndef HOLYSHEEP_CLOCK_H
#define HOLYSHEEP_CLOCK_H

#include "engine/schedule.h"

/* Microseconds of CLOCK_MONOTONIC. */
usec clock_now(void);

/* Seconds of Unix time. */
double clock_wall(void);

#endif
