/* Random numbers that are the same for the same seed: splitmix64. */
#ifndef HOLYSHEEP_SIM_RANDOM_H
#define HOLYSHEEP_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
  uint64_t state;
};

/* From 0 to below 1. */
double random_real(struct random *random);

/* From 0 to below `count`. */
unsigned random_below(struct random *random, unsigned count);

/* From `min` to `max`, as often in each power of ten. */
double random_scale(struct random *random, double min, double max);

bool random_chance(struct random *random, double share);

#define RANDOM_OF(random, list)                                                \
  ((list)[random_below(random, sizeof(list) / sizeof *(list))])

#endif
