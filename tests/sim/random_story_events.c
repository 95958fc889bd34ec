#include "random_story_events.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- who it is about ------------------------------------------------------ */

static int pick_host(const struct random_story *plan, struct random *random) {
  unsigned host = random_below(random, RANDOM_HOSTS);
  return plan->hosts[host].used && random_chance(random, 0.6) ? (int)host : -1;
}

static int pick_relay(const struct random_story *plan, struct random *random) {
  unsigned relay = random_below(random, RANDOM_RELAYS);
  return plan->relays[relay].used && random_chance(random, 0.8) ? (int)relay
                                                                : -1;
}

/* --- what relays answer --------------------------------------------------- */

#define ERROR(message, code)                                                   \
  "{\\\"error\\\":{\\\"message\\\":\\\"" message "\\\",\\\"code\\\":\\\"" code \
  "\\\"}}"

/* A completion that is billed far beyond what was asked for. */
#define EXPENSIVE                                                              \
  "{\\\"model\\\":\\\"m\\\",\\\"choices\\\":[{\\\"message\\\":{\\\"content\\"  \
  "\":\\\"Pong\\\"},\\\"finish_reason\\\":\\\"stop\\\"}],\\\"usage\\\":{"      \
  "\\\"prompt_tokens\\\":4000,\\\"completion_tokens\\\":9000}}"

static const struct {
  int status;
  const char *body;
} answers[] = {
    {200, ""},
    {200, "<html>"},
    {200, "{\\\"data\\\":[]}"},
    {200, EXPENSIVE},
    {200, ERROR("no money", "insufficient_quota")},
    {401, ERROR("Incorrect API key provided", "invalid_api_key")},
    {402, ""},
    {403, ""},
    {404, ERROR("The model does not exist", "model_not_found")},
    {429, ERROR("Rate limit reached", "rate_limit_exceeded")},
    {429, ERROR("Rate limit reached", "rate_limit_exceeded")},
    {500, ERROR("The server had an error", "server_error")},
    {502, "<html>Bad Gateway"},
    {503, ""},
    {503, ""},
    {301, ""},
};

static void make_answer(struct random_story_event *event,
                        struct random *random) {
  unsigned i = random_below(random, sizeof answers / sizeof *answers);
  char headers[64] = "";
  bool asks_to_wait = answers[i].status == 429 || answers[i].status == 503;
  if (asks_to_wait && random_chance(random, 0.7))
    snprintf(headers, sizeof headers,
             "\"headers\": {\"Retry-After\": \"%.0f\"}, ",
             random_chance(random, 0.1) ? 30000
                                        : floor(random_scale(random, 1, 4000)));
  snprintf(event->what, sizeof event->what,
           "\"answer\": {\"status\": %d, %s\"after\": %.3f, \"body\": \"%s\"}",
           answers[i].status, headers, random_scale(random, 0.01, 20),
           answers[i].body);
}

static void make_break(struct random_story_event *event,
                       struct random *random) {
  static const char *const kinds[] = {
      "refused",     "reset",    "dns",        "unroutable", "dropped", "hang",
      "tls_expired", "tls_name", "tls_issuer", "cut",        "stall"};
  const char *kind = RANDOM_OF(random, kinds);
  if (random_chance(random, 0.5))
    snprintf(event->what, sizeof event->what, "\"break\": {\"kind\": \"%s\"}",
             kind);
  else
    snprintf(event->what, sizeof event->what,
             "\"break\": {\"kind\": \"%s\", \"after\": %.3f, \"bytes\": %u}",
             kind, random_scale(random, 0.001, 20), random_below(random, 400));
}

static void make_healthy(struct random_story_event *event,
                         struct random *random) {
  snprintf(event->what, sizeof event->what,
           "\"healthy\": {\"balance\": %.2f, \"spend\": %.2f, \"delay\": "
           "%.3f%s}",
           random_scale(random, 0.1, 1000), random_scale(random, 0.01, 10),
           random_chance(random, 0.5) ? random_scale(random, 0.01, 40) : 0,
           random_chance(random, 0.2) ? ", \"model\": \"swapped\"" : "");
}

/* --- what happens to hosts ------------------------------------------------ */

/* Without a key a host would not start. */
static bool all_run_once(const struct random_story *plan) {
  for (unsigned i = 0; i < RANDOM_HOSTS; i++)
    if (plan->hosts[i].used && plan->hosts[i].runs[1].used)
      return false;
  return true;
}

static void make_key(const struct random_story *plan,
                     struct random_story_event *event, struct random *random) {
  event->relay = pick_relay(plan, random);
  if (random_chance(random, 0.4) && all_run_once(plan))
    strcpy(event->what, "\"key\": null");
  else
    snprintf(event->what, sizeof event->what, "\"key\": \"sk-%u\"",
             random_below(random, 1000));
}

/* The clocks of a day's ends are near enough. */
static void make_step(struct random_story_event *event, struct random *random) {
  snprintf(event->what, sizeof event->what, "\"clock_step\": %.3f",
           (random_chance(random, 0.5) ? -1 : 1) *
               random_scale(random, 0.01, 7200));
}

static void make_standstill(struct random_story_event *event,
                            struct random *random) {
  snprintf(event->what, sizeof event->what, "\"standstill\": %.3f",
           random_scale(random, 0.05, 600));
}

static void make_delay(struct random_story_event *event,
                       struct random *random) {
  snprintf(event->what, sizeof event->what, "\"writer_delay\": %.3f",
           random_scale(random, 0.001, 20));
}

/* --- events --------------------------------------------------------------- */

typedef void maker(struct random_story_event *event, struct random *random);

static maker *const of_relays[] = {make_answer, make_answer, make_break,
                                   make_break, make_healthy};
static maker *const of_hosts[] = {make_step, make_standstill, make_delay};

/* Some of the requests, here and there. */
static void narrow(struct random_story_event *event, struct random *random) {
  static const char *const endpoints[] = {"models", "billing",
                                          "chat/completions"};
  if (random_chance(random, 0.4))
    event->endpoint = RANDOM_OF(random, endpoints);
  if (random_chance(random, 0.3))
    event->every = 1 + random_below(random, 5);
  if (random_chance(random, 0.3))
    event->share = 0.05 + 0.95 * random_real(random);
}

static void make_event(const struct random_story *plan,
                       struct random_story_event *event,
                       struct random *random) {
  *event = (struct random_story_event){
      .used = true, .every = 1, .share = 1, .to = -1};
  event->from = ceil(random_real(random) * plan->until * 1000) / 1000;
  if (random_chance(random, 0.9))
    event->to = event->from + random_scale(random, 1, plan->until);
  event->host = pick_host(plan, random);
  event->relay = -1;
  if (random_chance(random, 0.75)) {
    event->relay = pick_relay(plan, random);
    narrow(event, random);
    RANDOM_OF(random, of_relays)(event, random);
  } else if (random_chance(random, 0.25)) {
    make_key(plan, event, random);
  } else {
    RANDOM_OF(random, of_hosts)(event, random);
  }
}

void random_story_events_make(struct random_story *plan,
                              struct random *random) {
  unsigned count = random_below(random, RANDOM_EVENTS - RANDOM_CONDITIONS + 1);
  for (unsigned i = 0; i < count; i++)
    make_event(plan, &plan->events[RANDOM_CONDITIONS + i], random);
}
