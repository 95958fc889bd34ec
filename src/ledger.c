#include "ledger.h"

#include "state_file.h"

#include <string.h>

/* Walks over the probes with a daily limit. */
struct walk {
  const struct relay_run *relays;
  size_t count, relay, probe;
  double now;
};

static struct probe_state *next_limited(struct walk *walk, bool *in_flight) {
  for (; walk->relay < walk->count; walk->relay++, walk->probe = 0) {
    const struct relay_run *relay = &walk->relays[walk->relay];
    while (walk->probe < relay->settings->probe_count) {
      size_t index = walk->probe++;
      *in_flight = relay->probes[index].schedule.in_flight;
      if (relay->settings->probes[index].max_cost_per_day > 0)
        return &relay->state.probes[index];
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
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
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
  bool in_flight;
  return next_limited(&walk, &in_flight) == NULL ||
         state_file_read(path, take, &all, error);
}

static bool give(void *user, struct saved *saved) {
  struct walk *walk = user;
  bool in_flight;
  const struct probe_state *probe = next_limited(walk, &in_flight);
  if (probe == NULL)
    return false;
  struct spending spending = probe->spending;
  if (in_flight)
    spending_expect(&spending, probe->settings, walk->now);
  *saved = (struct saved){.day = spending.day,
                          .today = spending.today,
                          .dearest = spending.dearest,
                          .relay = relay_label(walk),
                          .model = probe->settings->model_label};
  return true;
}

bool ledger_save(const struct relay_run *relays, size_t count, const char *path,
                 double now, struct error *error) {
  struct walk walk = {.relays = relays, .count = count, .now = now};
  return state_file_write(path, give, &walk, error);
}
