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
  const struct relay_runtime *relays;
  size_t count, relay, probe;
  double now;
};

static struct probe_state *next_limited(struct walk *walk, bool *in_flight) {
  for (; walk->relay < walk->count; walk->relay++, walk->probe = 0) {
    const struct relay_runtime *relay = &walk->relays[walk->relay];
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

static struct walk begin(const struct spend_store *spend_store) {
  return (struct walk){.relays = spend_store->relays,
                       .count = spend_store->count};
}

/* --- reading ------------------------------------------------------------- */

static void take(void *user, const struct state_file_entry *saved) {
  struct walk walk = begin(user);
  struct probe_state *probe;
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    if (strcmp(relay_label(&walk), saved->relay) == 0 &&
        strcmp(probe->settings->model_label, saved->model) == 0) {
      probe->spending.day = saved->day;
      probe->spending.today = saved->today;
      probe->spending.max_cost = saved->max_cost;
    }
}

/* Nobody knows what was spent before the plugin was downgraded. */
static void exhaust(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  struct probe_state *probe;
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    spending_exhaust(&probe->spending, wall);
}

/* As long as the text may get; 0 when nothing is limited. */
static size_t text_size(const struct spend_store *spend_store) {
  struct walk walk = begin(spend_store);
  const struct probe_state *probe;
  bool in_flight;
  size_t size = 0;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    size += STATE_FILE_ENTRY_MAX + strlen(relay_label(&walk)) +
            strlen(probe->settings->model_label);
  return size > 0 ? size + STATE_FILE_HEADER_MAX : 0;
}

bool spend_store_open(struct spend_store *spend_store,
                      void (*on_written)(void *user), void *user, double wall,
                      struct error *error) {
  const struct files *files = spend_store->files;
  bool later;
  error->text[0] = '\0';
  spend_store->size = text_size(spend_store);
  if (spend_store->size == 0)
    return true;
  spend_store->logged = !state_file_read(files, spend_store->path, take,
                                         spend_store, &later, error);
  if (later)
    exhaust(spend_store, wall);
  spend_store->text = malloc(spend_store->size);
  spend_store->writer = files->open_writer(files->user, spend_store->path,
                                           spend_store->size, on_written, user);
  return spend_store->text != NULL && spend_store->writer != NULL;
}

/* --- writing ------------------------------------------------------------- */

static bool give(void *user, struct state_file_entry *saved) {
  struct walk *walk = user;
  bool in_flight;
  const struct probe_state *probe = next_limited(walk, &in_flight);
  if (probe == NULL)
    return false;
  struct spending spending = probe->spending;
  if (in_flight)
    spending_reserve(&spending, probe->settings, walk->now);
  *saved = (struct state_file_entry){.day = spending.day,
                                     .today = spending.today,
                                     .max_cost = spending.max_cost,
                                     .relay = relay_label(walk),
                                     .model = probe->settings->model_label};
  return true;
}

static void hand_over(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  walk.now = wall;
  size_t length =
      state_file_print(spend_store->text, spend_store->size, give, &walk);
  spend_store->unsaved = false;
  spend_store->saved = spend_store->files->submit(spend_store->writer,
                                                  spend_store->text, length);
}

void spend_store_record(struct spend_store *spend_store, usec now,
                        double wall) {
  if (!spend_store->unsaved || spend_store->writer == NULL)
    return;
  if (spend_store->seen == spend_store->saved)
    spend_store->waiting_since = now;
  hand_over(spend_store, wall);
}

bool spend_store_reserves(const struct spend_store *spend_store,
                          const struct probe_runtime *probe,
                          unsigned long *number) {
  *number = spend_store->saved + 1;
  return spend_store->writer != NULL &&
         probe->request.probe->max_cost_per_day > 0;
}

/* Whether what was told before holds no longer, or something is to be told. */
static bool tell(struct spend_store *spend_store, bool ok) {
  bool news = !ok && !spend_store->logged;
  spend_store->logged = !ok;
  return !news;
}

static bool is_overdue(const struct spend_store *spend_store, usec now) {
  return spend_store->stuck ||
         now - spend_store->waiting_since >= disk_patience;
}

static bool see(struct spend_store *spend_store,
                const struct write_status *written, usec now,
                struct error *error) {
  spend_store->seen = written->number;
  if (spend_store->settled < written->number)
    spend_store->settled = written->number;
  spend_store->waiting_since = now;
  spend_store->stuck = false;
  *error = written->error;
  return tell(spend_store, written->ok);
}

bool spend_store_poll(struct spend_store *spend_store, usec now,
                      struct error *error) {
  struct write_status written;
  if (spend_store->seen == spend_store->saved)
    return true;
  spend_store->files->poll_writer(spend_store->writer, &written);
  if (written.number > spend_store->seen)
    return see(spend_store, &written, now, error);
  if (!is_overdue(spend_store, now))
    return true;
  spend_store->stuck = true;
  spend_store->settled = spend_store->saved;
  error_set(error,
            "StateFile \"%s\": cannot be written: the disk has not answered "
            "for %d s",
            spend_store->path, (int)(disk_patience / USEC_PER_SEC));
  return tell(spend_store, false);
}

bool spend_store_is_pending(const struct spend_store *spend_store) {
  return spend_store->writer != NULL &&
         (spend_store->unsaved || spend_store->seen != spend_store->saved);
}

usec spend_store_deadline(const struct spend_store *spend_store) {
  return spend_store->settled < spend_store->saved
             ? spend_store->waiting_since + disk_patience
             : INT64_MAX;
}

void spend_store_close(struct spend_store *spend_store, usec now, double wall) {
  if (spend_store->unsaved && spend_store->writer != NULL)
    hand_over(spend_store, wall);
  if (spend_store->writer != NULL)
    spend_store->files->close_writer(spend_store->writer, now + last_patience);
  free(spend_store->text);
  *spend_store = (struct spend_store){0};
}
