#include "virtual_clock.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The host had run for a while when the story begins. */
static const usec origin = 100000 * (usec)USEC_PER_SEC;

usec virtual_clock_at(double time) {
  return time < 1e12 ? origin + llround(time * USEC_PER_SEC) : INT64_MAX;
}

double virtual_clock_story(usec time) {
  return (double)(time - origin) / USEC_PER_SEC;
}

double virtual_clock_wall(const struct virtual_clock *clock, usec time) {
  double wall = VIRTUAL_START + clock->offset + virtual_clock_story(time);
  for (size_t i = 0; i < clock->story->event_count; i++) {
    const struct story_event *event = &clock->story->events[i];
    if (event->kind == EVENT_CLOCK_STEP &&
        (event->host == NULL || strcmp(event->host, clock->host) == 0) &&
        virtual_clock_at(event->from) <= time)
      wall += event->of.seconds;
  }
  return wall;
}

static usec now(void *user) { return ((struct virtual_clock *)user)->now; }

static double wall(void *user) {
  const struct virtual_clock *clock = user;
  return virtual_clock_wall(clock, clock->now);
}

/* --- standstills ---------------------------------------------------------- */

static int by_beginning(const void *a, const void *b) {
  const struct standstill *one = a, *other = b;
  return (one->from > other->from) - (one->from < other->from);
}

/* One that begins in another makes it longer. */
static void merge(struct virtual_clock *clock) {
  struct standstill *list = clock->standstills;
  size_t count = 0;
  qsort(list, clock->standstill_count, sizeof *list, by_beginning);
  for (size_t i = 0; i < clock->standstill_count; i++)
    if (count > 0 && list[i].from <= list[count - 1].to)
      list[count - 1].to += list[i].to - list[i].from;
    else
      list[count++] = list[i];
  clock->standstill_count = count;
}

static void find_standstills(struct virtual_clock *clock) {
  const struct story *story = clock->story;
  clock->standstills =
      memory_zeros(story->event_count, sizeof *clock->standstills);
  for (size_t i = 0; i < story->event_count; i++) {
    const struct story_event *event = &story->events[i];
    usec from = virtual_clock_at(event->from);
    if (event->kind == EVENT_STANDSTILL && from > clock->now &&
        (event->host == NULL || strcmp(event->host, clock->host) == 0))
      clock->standstills[clock->standstill_count++] = (struct standstill){
          from, virtual_clock_at(event->from + event->of.seconds)};
  }
  merge(clock);
}

void virtual_clock_init(struct virtual_clock *clock, const struct story *story,
                        const struct story_host *host) {
  *clock = (struct virtual_clock){.clock = {now, wall, clock},
                                  .story = story,
                                  .host = host->name,
                                  .offset = host->clock,
                                  .now = virtual_clock_at(host->from)};
  find_standstills(clock);
}

void virtual_clock_free(struct virtual_clock *clock) {
  free(clock->standstills);
}

void virtual_clock_advance(struct virtual_clock *clock, usec until) {
  for (size_t i = 0; i < clock->standstill_count; i++) {
    const struct standstill *one = &clock->standstills[i];
    if (one->from > clock->now && one->from <= until && one->to > until)
      until = one->to;
  }
  if (until > clock->now)
    clock->now = until;
}

usec virtual_clock_standstill(const struct virtual_clock *clock) {
  for (size_t i = 0; i < clock->standstill_count; i++)
    if (clock->standstills[i].from > clock->now)
      return clock->standstills[i].from;
  return INT64_MAX;
}
