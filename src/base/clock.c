#include "base/clock.h"

#include <math.h>
#include <time.h>

usec usec_of(double seconds) {
  static const double max = 1e12;
  return llround((seconds < max ? seconds : max) * USEC_PER_SEC);
}

double seconds_of(usec duration) { return (double)duration / USEC_PER_SEC; }

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
