#include "ledger.h"

#include "state_file.h"

#include <string.h>

/* Walks over the probes with a daily limit. */
struct walk {
  const struct relay_run *relays;
  size_t count, relay, probe;
};

static struct probe_state *next_limited(struct walk *walk) {
  for (; walk->relay < walk->count; walk->relay++, walk->probe = 0) {
    const struct relay_state *relay = &walk->relays[walk->relay].state;
    while (walk->probe < relay->settings->probe_count) {
      struct probe_state *probe = &relay->probes[walk->probe++];
      if (probe->settings->max_cost_per_day > 0)
        return probe;
    }
  }
  return NULL;
}

static const char *relay_label(const struct walk *walk) {
  return walk->relays[walk->relay].settings->label;
}

static void take(void *user, const struct saved *saved) {
  struct walk walk = *(const struct walk *)user;
  struct probe_state *probe;
  while ((probe = next_limited(&walk)) != NULL)
    if (strcmp(relay_label(&walk), saved->relay) == 0 &&
        strcmp(probe->settings->model_label, saved->model) == 0) {
      probe->spending.day = saved->day;
      probe->spending.today = saved->today;
      probe->spending.dearest = saved->dearest;
    }
}

bool ledger_load(struct relay_run *relays, size_t count, const char *path,
                 struct error *error) {
  struct walk walk = {.relays = relays, .count = count};
  struct walk all = walk;
  return next_limited(&walk) == NULL ||
         state_file_read(path, take, &all, error);
}

static bool give(void *user, struct saved *saved) {
  struct walk *walk = user;
  const struct probe_state *probe = next_limited(walk);
  if (probe == NULL)
    return false;
  *saved = (struct saved){.day = probe->spending.day,
                          .today = probe->spending.today,
                          .dearest = probe->spending.dearest,
                          .relay = relay_label(walk),
                          .model = probe->settings->model_label};
  return true;
}

bool ledger_save(const struct relay_run *relays, size_t count, const char *path,
                 struct error *error) {
  struct walk walk = {.relays = relays, .count = count};
  return state_file_write(path, give, &walk, error);
}
