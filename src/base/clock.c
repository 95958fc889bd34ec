#include "base/clock.h"

#include <time.h>

usec clock_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (usec)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

double clock_wall(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
