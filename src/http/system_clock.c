#include "http/system_clock.h"

#include <time.h>

usec system_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (usec)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

double system_wall(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static usec now(void *user) {
  (void)user;
  return system_now();
}

static double wall(void *user) {
  (void)user;
  return system_wall();
}

const struct clock system_clock = {.now = now, .wall = wall};
