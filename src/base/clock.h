/* The monotonic clock, for durations, and the wall clock, for points in time.
 * An interface that is passed to its users, so that tests can control it. */
#ifndef HOLYSHEEP_CLOCK_H
#define HOLYSHEEP_CLOCK_H

#include <stdint.h>

typedef int64_t usec;

/* Not an enum: clang 19 warns about arithmetic between an enum and a double. */
#define USEC_PER_SEC 1000000
#define USEC_PER_MSEC 1000

/* Conversions between usec and seconds, which users read and write. A duration
 * too long to matter becomes the longest that can be added safely. */
usec usec_of(double seconds);
double seconds_of(usec duration);

struct clock {
  usec (*now)(void *user);    /* microseconds; never goes back */
  double (*wall)(void *user); /* seconds of Unix time */
  void *user;
};

usec clock_now(const struct clock *clock);
double clock_wall(const struct clock *clock);

#endif
