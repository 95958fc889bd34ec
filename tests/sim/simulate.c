/* simulate: random fleets and faults, held against rules that always hold. */
#include "invariants.h"
#include "memory.h"
#include "playback.h"
#include "random_story.h"
#include "shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 200 }; /* where none are given */

/* What went wrong with a plan; empty where nothing did. */
struct flaw {
  char rule[32];
  char text[512];
};

static void find(struct flaw *flaw, const char *rule, const char *text) {
  snprintf(flaw->rule, sizeof flaw->rule, "%s", rule);
  snprintf(flaw->text, sizeof flaw->text, "%s", text);
}

/* --- two runs ------------------------------------------------------------- */

static bool same_notes(const struct notification_list *a,
                       const struct notification_list *b) {
  for (size_t i = 0; i < a->count && a->count == b->count; i++)
    if (a->list[i].time != b->list[i].time ||
        a->list[i].severity != b->list[i].severity ||
        strcmp(a->list[i].text, b->list[i].text) != 0)
      return false;
  return a->count == b->count;
}

static void compare(struct flaw *flaw, const struct output *once,
                    const struct output *again) {
  if (!same_notes(&once->notes, &again->notes))
    find(flaw, "repeat", "other notifications where each tick is made");
  else if (once->trace != again->trace)
    find(flaw, "repeat", "other values where each tick is made");
}

/* --- a plan --------------------------------------------------------------- */

static bool play_story(const struct story *story, struct flaw *flaw,
                       struct output *once, struct output *again) {
  struct invariants watch;
  struct error error;
  invariants_init(&watch);
  struct play play = {.story = story, .observer = &watch.hooks};
  struct play every_tick = {.story = story, .each_tick = true};
  bool ok =
      story_play(&play, once, &error) && story_play(&every_tick, again, &error);
  if (!ok)
    find(flaw, "story", error.text);
  else if (watch.rule[0] != '\0')
    find(flaw, watch.rule, watch.failure);
  else
    compare(flaw, once, again);
  invariants_free(&watch);
  return flaw->rule[0] == '\0';
}

static bool holds(const struct random_story *plan, struct flaw *flaw) {
  struct story story;
  struct error error;
  struct output once = {.traced = true}, again = {.traced = true};
  char *text = random_story_print(plan);
  *flaw = (struct flaw){.rule = ""};
  if (!story_read(&story, text, &error))
    find(flaw, "story", error.text);
  else
    play_story(&story, flaw, &once, &again);
  output_free(&once);
  output_free(&again);
  story_free(&story);
  free(text);
  return flaw->rule[0] == '\0';
}

static bool shows_the_same(void *user, const struct random_story *plan) {
  const struct flaw *wanted = user;
  struct flaw flaw;
  return !holds(plan, &flaw) && strcmp(flaw.rule, wanted->rule) == 0;
}

static void tell(struct random_story *plan, struct flaw *flaw) {
  printf("seed %llu: %s: %s\n", (unsigned long long)plan->seed, flaw->rule,
         flaw->text);
  fflush(stdout);
  shrink(plan, shows_the_same, flaw);
  holds(plan, flaw);
  char *text = random_story_print(plan);
  printf("%s: %s\n%s", flaw->rule, flaw->text, text);
  free(text);
}

/* --- seeds ---------------------------------------------------------------- */

static bool number(const char *text, unsigned long long *number) {
  char *end;
  errno = 0;
  *number = strtoull(text, &end, 10);
  return end != text && *end == '\0' && errno == 0;
}

int main(int argc, char **argv) {
  unsigned long long count = SEEDS, first = 1, failed = 0;
  if (argc > 3 || (argc > 1 && !number(argv[1], &count)) ||
      (argc > 2 && !number(argv[2], &first))) {
    fputs("usage: simulate [SEEDS [FIRST]]\n", stderr);
    return 2;
  }
  struct random_story *plan = memory_zeros(1, sizeof *plan);
  struct flaw flaw;
  for (unsigned long long i = 0; i < count && failed < 5; i++) {
    random_story_make(plan, first + i);
    if (holds(plan, &flaw))
      continue;
    failed++;
    tell(plan, &flaw);
  }
  free(plan);
  printf("%llu seeds from %llu on: %llu failed\n", count, first, failed);
  return failed > 0;
}
