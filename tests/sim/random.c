#include "random.h"

#include <math.h>

static uint64_t next(struct random *random) {
  uint64_t value = random->state += UINT64_C(0x9e3779b97f4a7c15);
  value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
  return value ^ value >> 31;
}

double random_real(struct random *random) {
  return (double)(next(random) >> 11) / 9007199254740992.0;
}

unsigned random_below(struct random *random, unsigned count) {
  return (unsigned)(next(random) % count);
}

double random_scale(struct random *random, double min, double max) {
  return min * pow(max / min, random_real(random));
}

bool random_chance(struct random *random, double share) {
  return random_real(random) < share;
}
