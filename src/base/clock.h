/* The two clocks: one for how long things take, one for when they happened.
 * Whoever needs one is handed it, so that a test can turn it. */
#ifndef HOLYSHEEP_CLOCK_H
#define HOLYSHEEP_CLOCK_H

#include <stdint.h>

typedef int64_t usec;

/* No enumeration: clang 19 warns of one beside a double. */
#define USEC_PER_SEC 1000000
#define USEC_PER_MSEC 1000

/* A duration that stands in seconds wherever people read or write it. One that
 * is longer than any that counts becomes the longest that can be added up. */
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
