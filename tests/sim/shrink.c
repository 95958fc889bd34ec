#include "shrink.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct shrinking {
  struct random_story *plan;
  struct random_story *trial; /* a copy, with something left out */
  shrink_test *test;
  void *user;
  bool shorter; /* than it was before this round */
};

static void begin(struct shrinking *shrinking) {
  *shrinking->trial = *shrinking->plan;
}

/* Keeps the trial if it still shows the same. */
static bool keep(struct shrinking *shrinking) {
  if (!shrinking->test(shrinking->user, shrinking->trial))
    return false;
  *shrinking->plan = *shrinking->trial;
  shrinking->shorter = true;
  return true;
}

static void drop_flag(struct shrinking *shrinking, bool *in_plan) {
  size_t offset = (size_t)((char *)in_plan - (char *)shrinking->plan);
  if (!*in_plan)
    return;
  begin(shrinking);
  *(bool *)((char *)shrinking->trial + offset) = false;
  keep(shrinking);
}

static void drop_text(struct shrinking *shrinking, char *in_plan) {
  size_t offset = (size_t)(in_plan - (char *)shrinking->plan);
  if (*in_plan == '\0')
    return;
  begin(shrinking);
  *((char *)shrinking->trial + offset) = '\0';
  keep(shrinking);
}

static void set_number(struct shrinking *shrinking, double *in_plan,
                       double number) {
  size_t offset = (size_t)((char *)in_plan - (char *)shrinking->plan);
  if (*in_plan == number)
    return;
  begin(shrinking);
  *(double *)((char *)shrinking->trial + offset) = number;
  keep(shrinking);
}

/* --- parts ---------------------------------------------------------------- */

static void shrink_hosts(struct shrinking *shrinking) {
  for (unsigned i = 0; i < RANDOM_HOSTS; i++)
    drop_flag(shrinking, &shrinking->plan->hosts[i].used);
  for (unsigned i = 0; i < RANDOM_HOSTS; i++) {
    struct random_story_host *host = &shrinking->plan->hosts[i];
    for (unsigned r = 0; r < RANDOM_RUNS && host->used; r++)
      drop_flag(shrinking, &host->runs[r].used);
    for (unsigned r = 0; r < RANDOM_RELAYS && host->used; r++)
      drop_flag(shrinking, &host->relays[r]);
    if (host->used)
      set_number(shrinking, &host->clock, 0);
  }
}

static void shrink_relays(struct shrinking *shrinking) {
  for (unsigned i = 0; i < RANDOM_RELAYS; i++) {
    struct random_story_relay *relay = &shrinking->plan->relays[i];
    drop_flag(shrinking, &relay->used);
    if (!relay->used)
      continue;
    for (unsigned line = 0; line < RANDOM_LINES; line++)
      drop_text(shrinking, relay->lines[line]);
    for (unsigned block = 0; block < RANDOM_BLOCKS; block++) {
      drop_text(shrinking, relay->blocks[block].head);
      for (unsigned line = 0;
           line < RANDOM_LINES && relay->blocks[block].head[0] != '\0'; line++)
        drop_text(shrinking, relay->blocks[block].lines[line]);
    }
  }
}

static void shrink_events(struct shrinking *shrinking) {
  for (unsigned i = 0; i < RANDOM_EVENTS; i++)
    drop_flag(shrinking, &shrinking->plan->events[i].used);
  for (unsigned i = 0; i < RANDOM_EVENTS; i++) {
    struct random_story_event *event = &shrinking->plan->events[i];
    if (!event->used)
      continue;
    set_number(shrinking, &event->share, 1);
    set_number(shrinking, &event->from, ceil(event->from));
    if (event->to > 0)
      set_number(shrinking, &event->to, ceil(event->to));
  }
}

static void shrink_length(struct shrinking *shrinking) {
  for (double part = 0.5; part > 0.01; part /= 2) {
    begin(shrinking);
    shrinking->trial->until = ceil(shrinking->plan->until * (1 - part));
    if (shrinking->trial->until < shrinking->plan->until && keep(shrinking))
      part *= 2;
  }
}

void shrink(struct random_story *plan, shrink_test *test, void *user) {
  struct shrinking shrinking = {.plan = plan, .test = test, .user = user};
  shrinking.trial = memory_zeros(1, sizeof *shrinking.trial);
  do {
    shrinking.shorter = false;
    shrink_length(&shrinking);
    shrink_hosts(&shrinking);
    shrink_events(&shrinking);
    shrink_relays(&shrinking);
  } while (shrinking.shorter);
  free(shrinking.trial);
}
