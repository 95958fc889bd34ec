#include "random_story.h"

#include "memory.h"
#include "random.h"
#include "random_story_events.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef char random_story_line[64];

__attribute__((format(printf, 2, 3))) static void
add_line(random_story_line *lines, const char *format, ...) {
  unsigned at = 0;
  while (lines[at][0] != '\0')
    at++;
  va_list args;
  va_start(args, format);
  vsnprintf(lines[at], sizeof lines[at], format, args);
  va_end(args);
}

/* --- relays --------------------------------------------------------------- */

static double an_interval(struct random *random) {
  static const double usual[] = {1, 5, 10, 30, 60, 300, 3600};
  return random_chance(random, 0.6) ? RANDOM_OF(random, usual)
                                    : floor(random_scale(random, 1, 3600));
}

static unsigned a_timeout(struct random *random) {
  static const unsigned usual[] = {500, 1000, 2000, 5000, 10000, 30000};
  return RANDOM_OF(random, usual);
}

/* What a probe may cost is less than a day's limit. Without tokens, there is no
 * completion. */
static void add_limit(random_story_line *lines, unsigned tokens,
                      struct random *random) {
  double prompt = random_scale(random, 0.5, 100);
  double completion = random_scale(random, 0.5, 100);
  double cost = (8 * prompt + tokens * completion) / 1e6;
  add_line(lines, "PromptPrice %.6f", prompt);
  if (tokens > 0)
    add_line(lines, "CompletionPrice %.6f", completion);
  add_line(lines, "MaxCostPerDay %.12f", cost * random_scale(random, 1.1, 200));
}

static void make_completion(struct random_story_block *block, const char *kind,
                            unsigned number, struct random *random) {
  unsigned tokens = 1 + random_below(random, 20);
  snprintf(block->head, sizeof block->head, "<%s \"model-%u\">", kind, number);
  add_line(block->lines, "MaxTokens %u", tokens);
  if (random_chance(random, 0.4))
    add_line(block->lines, "Stream true");
  if (random_chance(random, 0.5))
    add_limit(block->lines, tokens, random);
}

static void make_embeddings(struct random_story_block *block, unsigned number,
                            struct random *random) {
  snprintf(block->head, sizeof block->head, "<Embeddings \"model-%u\">",
           number);
  if (random_chance(random, 0.5))
    add_limit(block->lines, 0, random);
}

static void make_billing(struct random_story_block *block,
                         struct random *random) {
  static const char *const presets[] = {"holysheep", "new-api", "openrouter",
                                        "deepseek",  "sub2api", "siliconflow",
                                        "moonshot"};
  snprintf(block->head, sizeof block->head, "<Billing \"%s\">",
           RANDOM_OF(random, presets));
}

static void make_models(struct random_story_block *block,
                        struct random *random) {
  strcpy(block->head, "<Models>");
  add_line(block->lines, "Path \"/models\"");
  if (random_chance(random, 0.3))
    add_line(block->lines, "Require \"model-0\" \"model-9\"");
}

static void make_schedule(struct random_story_block *block,
                          struct random *random) {
  if (random_chance(random, 0.6))
    add_line(block->lines, "Interval %g", an_interval(random));
  if (random_chance(random, 0.3))
    add_line(block->lines, "Timeout %u", a_timeout(random));
}

static void make_blocks(struct random_story_relay *relay,
                        struct random *random) {
  for (unsigned i = 0; i < RANDOM_BLOCKS_FIRST; i++) {
    struct random_story_block *block = &relay->blocks[i];
    if (random_chance(random, 0.3))
      continue;
    if (i == 0)
      make_models(block, random);
    else if (i == 1)
      make_billing(block, random);
    else
      make_completion(block, "Chat", i, random);
    make_schedule(block, random);
  }
}

/* Blocks of kinds that were added later. */
static void make_more_blocks(struct random_story_relay *relay,
                             struct random *random) {
  static const char *const completions[] = {"Messages", "Responses"};
  for (unsigned i = RANDOM_BLOCKS_FIRST; i < RANDOM_BLOCKS; i++) {
    struct random_story_block *block = &relay->blocks[i];
    if (!random_chance(random, 0.4))
      continue;
    if (i == RANDOM_BLOCKS_FIRST)
      make_embeddings(block, i, random);
    else
      make_completion(block, completions[i - RANDOM_BLOCKS_FIRST - 1], i,
                      random);
    make_schedule(block, random);
  }
}

/* The blocks that cost money come after the first two. */
static void make_shares(struct random_story_relay *relay,
                        struct random *random) {
  for (unsigned i = 2; i < RANDOM_BLOCKS; i++)
    if (random_chance(random, 0.3))
      add_line(relay->blocks[i].lines, "Share %u", 2 + random_below(random, 5));
}

/* Each has at most 8 tokens more in its prompt than "ping". */
static void make_expectation(random_story_line *lines, struct random *random) {
  static const char *const prompts[] = {"Say %r", "Repeat: %r!"};
  static const char *const expected[] = {"%r", "%r!"};
  unsigned i = random_below(random, 3);
  if (i < 2)
    add_line(lines, "Prompt \"%s\"", prompts[i]);
  add_line(lines, "Expect \"%s\"", i < 2 ? expected[i] : "fine");
  for (unsigned at = 0; at < RANDOM_LINES; at++) {
    double limit;
    if (sscanf(lines[at], "MaxCostPerDay %lf", &limit) == 1)
      snprintf(lines[at], sizeof lines[at], "MaxCostPerDay %.12f", 2 * limit);
  }
}

static bool streams(const struct random_story_block *block) {
  for (unsigned i = 0; i < RANDOM_LINES; i++)
    if (strcmp(block->lines[i], "Stream true") == 0)
      return true;
  return false;
}

/* As the last of the lines says, or else the default. */
static double number_in(const random_story_line *lines, const char *format,
                        double number) {
  for (unsigned i = 0; i < RANDOM_LINES; i++)
    (void)sscanf(lines[i], format, &number);
  return number;
}

static double timeout_of(const struct random_story_relay *relay,
                         const struct random_story_block *block) {
  double timeout = number_in(relay->lines, "Timeout %lf", 30000);
  return number_in(block->lines, "Timeout %lf", timeout);
}

static void make_patience(const struct random_story_relay *relay,
                          struct random_story_block *block,
                          struct random *random) {
  double patience = floor(random_scale(random, 100, 10000));
  double timeout = timeout_of(relay, block);
  add_line(block->lines, "FirstTokenTimeout %.0f",
           patience < timeout ? patience : timeout);
}

/* What is demanded of models: their blocks, but that of embeddings, come after
 * the first two. */
static void make_demands(struct random_story_relay *relay,
                         struct random *random) {
  for (unsigned i = 2; i < RANDOM_BLOCKS; i++) {
    struct random_story_block *block = &relay->blocks[i];
    if (i == RANDOM_BLOCKS_FIRST || block->head[0] == '\0')
      continue;
    if (random_chance(random, 0.4))
      make_expectation(block->lines, random);
    if (streams(block) && random_chance(random, 0.5))
      make_patience(relay, block, random);
  }
}

/* A search may take eight requests. */
static void make_search(struct random_story_relay *relay,
                        struct random *random) {
  struct random_story_block *block = &relay->blocks[1];
  if (block->head[0] == '\0' || !random_chance(random, 0.4))
    return;
  strcpy(block->head, "<Billing \"auto\">");
  for (unsigned i = 0; i < RANDOM_LINES; i++) {
    unsigned requests, seconds;
    if (sscanf(relay->lines[i], "MaxRequests %u %u", &requests, &seconds) == 2)
      snprintf(relay->lines[i], sizeof relay->lines[i], "MaxRequests %u %u",
               requests + 8, seconds);
  }
}

/* What was added later is drawn from a copy, so that the rest of a seed's story
 * stays the same. */
static void make_later_parts(struct random_story_relay *relay,
                             struct random random) {
  make_more_blocks(relay, &random);
  make_shares(relay, &random);
  make_demands(relay, &random);
  make_search(relay, &random);
}

static void make_relay(struct random_story_relay *relay, unsigned number,
                       struct random *random) {
  *relay = (struct random_story_relay){.used = true};
  if (random_chance(random, 0.5))
    add_line(relay->lines, "APIKeyFile \"/keys/%u\"", number);
  else
    add_line(relay->lines, "APIKey \"sk-%u\"", number);
  if (random_chance(random, 0.5))
    add_line(relay->lines, "Interval %g", an_interval(random));
  if (random_chance(random, 0.3))
    add_line(relay->lines, "RetryInterval %g",
             floor(random_scale(random, 1, 60)));
  if (random_chance(random, 0.3))
    add_line(relay->lines, "Timeout %u", a_timeout(random));
  if (random_chance(random, 0.25))
    add_line(relay->lines, "MaxRequests %u %u", 2 + random_below(random, 30),
             1 + (unsigned)random_scale(random, 1, 3600));
  if (random_chance(random, 0.1))
    add_line(relay->lines, "KeepAlive true");
  if (!random_chance(random, 0.6))
    return;
  make_blocks(relay, random);
  make_later_parts(relay, *random);
}

/* --- hosts ---------------------------------------------------------------- */

static double tenths(double time) { return floor(time * 10) / 10; }

/* To stop takes less than two seconds: the last tick, and the disk. */
static void make_runs(const struct random_story *plan,
                      struct random_story_host *host, struct random *random) {
  double time = 0;
  unsigned runs =
      random_chance(random, 0.3) ? 1 + random_below(random, RANDOM_RUNS) : 1;
  for (unsigned i = 0; i < runs; i++) {
    host->runs[i].used = true;
    host->runs[i].keep = i > 0 && random_chance(random, 0.8);
    host->runs[i].from = time;
    host->runs[i].to = -1;
    if (i + 1 == runs)
      return;
    time += tenths(0.1 + random_real(random) * plan->until / runs);
    host->runs[i].to = time;
    time += tenths(random_scale(random, 2, 300));
  }
}

static void make_host(const struct random_story *plan,
                      struct random_story_host *host, struct random *random) {
  static const double intervals[] = {1, 2, 5, 10, 10, 10, 30, 60, 300};
  bool any = false;
  *host = (struct random_story_host){.used = true};
  host->interval = RANDOM_OF(random, intervals);
  if (random_chance(random, 0.2))
    host->clock = tenths((random_real(random) - 0.5) * 7200);
  for (unsigned i = 0; i < RANDOM_RELAYS; i++) {
    host->relays[i] = plan->relays[i].used && random_chance(random, 0.7);
    any = any || host->relays[i];
  }
  host->relays[0] = host->relays[0] || !any;
}

/* --- its length ----------------------------------------------------------- */

static double interval_in(const random_story_line *lines, double interval) {
  return number_in(lines, "Interval %lf", interval);
}

/* How much a relay's probes take in a second, in plain answers. */
static double probes_of(const struct random_story_relay *relay) {
  double sum = 0, interval = interval_in(relay->lines, 10);
  for (unsigned i = 0; i < RANDOM_BLOCKS; i++) {
    const struct random_story_block *block = &relay->blocks[i];
    if (block->head[0] != '\0')
      sum += (streams(block) ? 10 : 1) / interval_in(block->lines, interval);
  }
  return sum > 0 ? sum : 3 / interval;
}

/* What a second of all hosts takes: how often states are published, and
 * answers read. */
static double work_of(const struct random_story *plan) {
  double work = 0;
  for (unsigned h = 0; h < RANDOM_HOSTS; h++)
    for (unsigned r = 0; r < RANDOM_RELAYS; r++)
      if (plan->hosts[h].used && plan->hosts[h].relays[r])
        work += 1 / plan->hosts[h].interval + probes_of(&plan->relays[r]);
  return work;
}

/* A few hosts for days, or many for minutes. */
static void make_length(struct random_story *plan, struct random *random) {
  static const double work = 2000, days = 200000;
  double most = work / work_of(plan);
  if (most < 60)
    most = 60;
  plan->until = ceil(random_scale(random, 60, most < days ? most : days));
}

void random_story_make(struct random_story *plan, uint64_t seed) {
  struct random random = {seed};
  *plan = (struct random_story){.seed = seed};
  unsigned hosts = (unsigned)random_scale(&random, 1, RANDOM_HOSTS + 1);
  unsigned relays = 1 + random_below(&random, RANDOM_RELAYS);
  if (random_chance(&random, 0.1))
    plan->max_connections = 1 + random_below(&random, 4);
  for (unsigned i = 0; i < relays; i++)
    make_relay(&plan->relays[i], i, &random);
  for (unsigned i = 0; i < hosts; i++)
    make_host(plan, &plan->hosts[i], &random);
  make_length(plan, &random);
  for (unsigned i = 0; i < hosts; i++)
    make_runs(plan, &plan->hosts[i], &random);
  struct random later = random;
  random_story_events_make(plan, &random);
  random_story_conditions_make(plan, &later);
}
