/* A host's clocks in virtual time: they go on when somebody waits. */
#ifndef HOLYSHEEP_SIM_VIRTUAL_CLOCK_H
#define HOLYSHEEP_SIM_VIRTUAL_CLOCK_H

#include "base/clock.h"
#include "story.h"

/* When a story begins: 2026-01-01 00:00:00 UTC, in Unix seconds. */
#define VIRTUAL_START 1767225600

/* A time in which the host stood still: nothing ran. */
struct standstill {
  usec from, to;
};

struct virtual_clock {
  struct clock clock; /* what the engine reads */
  const struct story *story;
  const char *host;
  double offset; /* of the wall clock, without the steps */
  usec now;
  struct standstill *standstills; /* of the story, in their order */
  size_t standstill_count;
};

/* At a time of the story, in seconds; the rest has to outlive it. */
void virtual_clock_init(struct virtual_clock *clock, const struct story *story,
                        const struct story_host *host);
void virtual_clock_free(struct virtual_clock *clock);

/* Goes on until then, or until a standstill on the way is over. */
void virtual_clock_advance(struct virtual_clock *clock, usec until);

/* When the next standstill begins; INT64_MAX: there is none. */
usec virtual_clock_standstill(const struct virtual_clock *clock);

/* Between a clock's time and that of the story, in seconds. */
usec virtual_clock_at(double time);
double virtual_clock_story(usec time);

/* What the wall clock shows at a time, in Unix seconds. */
double virtual_clock_wall(const struct virtual_clock *clock, usec time);

#endif
