#include "engine/spend_store.h"

#include "state/state_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* So long a completion waits for the disk. */
static const usec disk_patience = 5 * (usec)USEC_PER_SEC;

/* And so long collectd's end does, which is to come within two seconds. */
static const usec last_patience = USEC_PER_SEC / 2;

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

static struct walk begin(const struct ledger *ledger) {
  return (struct walk){.relays = ledger->relays, .count = ledger->count};
}

/* --- reading ------------------------------------------------------------- */

static void take(void *user, const struct saved *saved) {
  struct walk walk = begin(user);
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

/* Nobody knows what was spent before the plugin was downgraded. */
static void exhaust(struct ledger *ledger, double wall) {
  struct walk walk = begin(ledger);
  struct probe_state *probe;
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    spending_exhaust(&probe->spending, wall);
}

/* As long as the text may get; 0 when nothing is limited. */
static size_t text_size(const struct ledger *ledger) {
  struct walk walk = begin(ledger);
  const struct probe_state *probe;
  bool in_flight;
  size_t size = 0;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    size += STATE_FILE_LINE + strlen(relay_label(&walk)) +
            strlen(probe->settings->model_label);
  return size > 0 ? size + STATE_FILE_HEAD : 0;
}

bool ledger_open(struct ledger *ledger, struct relay_run *relays, size_t count,
                 const char *path, state_writer_woken *woken, void *user,
                 double wall, struct error *error) {
  bool later;
  *ledger = (struct ledger){.relays = relays, .count = count, .path = path};
  error->text[0] = '\0';
  ledger->size = text_size(ledger);
  if (ledger->size == 0)
    return true;
  ledger->told = !state_file_read(path, take, ledger, &later, error);
  if (later)
    exhaust(ledger, wall);
  ledger->text = malloc(ledger->size);
  ledger->writer = state_writer_new(path, ledger->size, woken, user);
  return ledger->text != NULL && ledger->writer != NULL;
}

/* --- writing ------------------------------------------------------------- */

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

static void hand_over(struct ledger *ledger, double wall) {
  struct walk walk = begin(ledger);
  walk.now = wall;
  size_t length = state_file_print(ledger->text, ledger->size, give, &walk);
  ledger->unsaved = false;
  ledger->saved = state_writer_put(ledger->writer, ledger->text, length);
}

void ledger_save(struct ledger *ledger, usec now, double wall) {
  if (!ledger->unsaved || ledger->writer == NULL)
    return;
  if (ledger->seen == ledger->saved)
    ledger->waiting_since = now;
  hand_over(ledger, wall);
}

bool ledger_reserves(const struct ledger *ledger, const struct probe_run *probe,
                     unsigned long *number) {
  *number = ledger->saved + 1;
  return ledger->writer != NULL && probe->request.probe->max_cost_per_day > 0;
}

/* Whether what was told before holds no longer, or something is to be told. */
static bool tell(struct ledger *ledger, bool ok) {
  bool news = !ok && !ledger->told;
  ledger->told = !ok;
  return !news;
}

static bool is_overdue(const struct ledger *ledger, usec now) {
  return ledger->stuck || now - ledger->waiting_since >= disk_patience;
}

static bool see(struct ledger *ledger, const struct written *written, usec now,
                struct error *error) {
  ledger->seen = written->number;
  if (ledger->settled < written->number)
    ledger->settled = written->number;
  ledger->waiting_since = now;
  ledger->stuck = false;
  *error = written->error;
  return tell(ledger, written->ok);
}

bool ledger_look(struct ledger *ledger, usec now, struct error *error) {
  struct written written;
  if (ledger->seen == ledger->saved)
    return true;
  state_writer_look(ledger->writer, &written);
  if (written.number > ledger->seen)
    return see(ledger, &written, now, error);
  if (!is_overdue(ledger, now))
    return true;
  ledger->stuck = true;
  ledger->settled = ledger->saved;
  error_set(error,
            "StateFile \"%s\": cannot be written: the disk has not answered "
            "for %d s",
            ledger->path, (int)(disk_patience / USEC_PER_SEC));
  return tell(ledger, false);
}

usec ledger_patience(const struct ledger *ledger) {
  return ledger->settled < ledger->saved ? ledger->waiting_since + disk_patience
                                         : INT64_MAX;
}

void ledger_close(struct ledger *ledger, double wall) {
  if (ledger->unsaved && ledger->writer != NULL)
    hand_over(ledger, wall);
  state_writer_close(ledger->writer, last_patience);
  free(ledger->text);
  *ledger = (struct ledger){0};
}
