#include "base/clock.h"

#include <math.h>

usec usec_of(double seconds) {
  static const double max = 1e12;
  return llround((seconds < max ? seconds : max) * USEC_PER_SEC);
}

double seconds_of(usec duration) { return (double)duration / USEC_PER_SEC; }

usec clock_now(const struct clock *clock) { return clock->now(clock->user); }

double clock_wall(const struct clock *clock) {
  return clock->wall(clock->user);
}
