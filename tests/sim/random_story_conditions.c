/* What relays are like in a random story where nothing happens to them. */
#include "probe/billing_preset.h"
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

/* --- where the balance is ---------------------------------------------------
 */

static const char *a_path(struct random *random) {
  unsigned count = 0;
  while (billing_preset_at(count) != NULL)
    count++;
  const char *path = billing_preset_at(random_below(random, count))->path;
  /* That of the usage is next to it. */
  return strncmp(path, "/dashboard/", 11) == 0 ? "/dashboard" : path;
}

static void make_everywhere(struct random_story_event *event,
                            struct random *random) {
  static const char *const answers[] = {
      "\"status\": 404",
      "\"status\": 404",
      "\"status\": 200, \"body\": \"<html>\"",
      "\"status\": 200, \"body\": \"{\\\"data\\\": []}\"",
      "\"status\": 403",
      "\"status\": 401"};
  snprintf(event->what, sizeof event->what, "\"answer\": {%s, \"after\": %.3f}",
           RANDOM_OF(random, answers), random_scale(random, 0.01, 2));
}

static void make_balance(struct random_story_event *event,
                         struct random *random) {
  event->path = a_path(random);
  snprintf(event->what, sizeof event->what,
           "\"healthy\": {\"balance\": %.2f, \"spend\": %.2f}",
           random_scale(random, 0.1, 1000), random_scale(random, 0.01, 10));
}

/* What only one of the places answers. */
static void make_odd_place(struct random_story_event *event,
                           struct random *random) {
  static const unsigned statuses[] = {500, 502, 503, 401, 403, 404, 429};
  event->path = a_path(random);
  snprintf(event->what, sizeof event->what, "\"answer\": {\"status\": %u}",
           RANDOM_OF(random, statuses));
}

/* It may be nowhere, or move. */
static void make_places(struct random_story *plan, int relay,
                        struct random *random) {
  struct random_story_event *event;
  double time = a_time(plan, random);
  bool moves = random_chance(random, 0.4);
  if ((event = add(plan, relay, "billing")) == NULL)
    return;
  make_everywhere(event, random);
  if (random_chance(random, 0.8) &&
      (event = add(plan, relay, "billing")) != NULL) {
    make_balance(event, random);
    event->to = moves ? time : -1;
  }
  if (moves && (event = add(plan, relay, "billing")) != NULL) {
    make_balance(event, random);
    event->from = time;
  }
  if (random_chance(random, 0.4) &&
      (event = add(plan, relay, "billing")) != NULL) {
    make_odd_place(event, random);
    event->from = a_time(plan, random);
  }
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
  for (int i = 0; i < RANDOM_RELAYS; i++)
    if (plan->relays[i].used &&
        strcmp(plan->relays[i].blocks[1].head, "<Billing \"auto\">") == 0)
      make_places(plan, i, random);
  for (unsigned i = 0; i < count; i++)
    make_model(plan, random);
}
