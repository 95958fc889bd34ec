/* What relays are like in a random story where nothing happens to them. */
#include "random_story_events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The next one from the front, for any host and until the end; NULL: all are
 * used. */
static struct random_story_event *add(struct random_story *plan, int relay,
                                      const char *endpoint) {
  for (unsigned i = 0; i < RANDOM_CONDITIONS; i++) {
    struct random_story_event *event = &plan->events[i];
    if (event->used)
      continue;
    *event = (struct random_story_event){.used = true,
                                         .every = 1,
                                         .share = 1,
                                         .to = -1,
                                         .host = -1,
                                         .relay = relay,
                                         .endpoint = endpoint};
    return event;
  }
  return NULL;
}

static double a_time(const struct random_story *plan, struct random *random) {
  return ceil(random_real(random) * plan->until * 1000) / 1000;
}

/* --- what models reply ------------------------------------------------------
 */

static void make_reply(struct random_story_event *event,
                       struct random *random) {
  static const char *const replies[] = {"Hello! How can I help you?",
                                        "All fine. You said lamprose!"};
  snprintf(event->what, sizeof event->what, "\"healthy\": {\"reply\": \"%s\"}",
           RANDOM_OF(random, replies));
}

static void make_silence(struct random_story_event *event,
                         struct random *random) {
  snprintf(event->what, sizeof event->what,
           "\"healthy\": {\"first_token\": %.3f}",
           random_scale(random, 0.05, 40));
}

static void make_model(struct random_story *plan, struct random *random) {
  static const char *const endpoints[] = {"chat/completions", "messages",
                                          "responses"};
  int relay = (int)random_below(random, RANDOM_RELAYS);
  struct random_story_event *event =
      add(plan, relay, RANDOM_OF(random, endpoints));
  if (event == NULL)
    return;
  if (random_chance(random, 0.5))
    make_reply(event, random);
  else
    make_silence(event, random);
  event->from = a_time(plan, random);
  if (random_chance(random, 0.6))
    event->to = event->from + random_scale(random, 1, plan->until);
  if (random_chance(random, 0.4))
    event->every = 1 + random_below(random, 4);
}

void random_story_conditions_make(struct random_story *plan,
                                  struct random *random) {
  unsigned count = random_below(random, 6);
  for (unsigned i = 0; i < count; i++)
    make_model(plan, random);
}
