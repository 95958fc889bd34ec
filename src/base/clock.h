/* The two clocks: one for how long things take, one for when they were. */
#ifndef HOLYSHEEP_CLOCK_H
#define HOLYSHEEP_CLOCK_H

#include <stdint.h>

typedef int64_t usec;

/* No enumeration: clang 19 warns of one beside a double. */
#define USEC_PER_SEC 1000000

/* Microseconds of CLOCK_MONOTONIC. */
usec clock_now(void);

/* Seconds of Unix time. */
double clock_wall(void);

#endif
