#include "engine/spend_store.h"

#include "state/state_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A completion waits this long for the disk, */
static const usec disk_timeout = 5 * (usec)USEC_PER_SEC;

/* and collectd's shutdown this long: it is to take less than two seconds. */
static const usec close_timeout = USEC_PER_SEC / 2;

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

static void on_entry(void *user, const struct state_file_entry *entry) {
  struct walk walk = begin(user);
  struct probe_state *probe;
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    if (strcmp(relay_label(&walk), entry->relay) == 0 &&
        strcmp(probe->settings->model_label, entry->model) == 0) {
      probe->spending.day = entry->day;
      probe->spending.today = entry->today;
      probe->spending.max_cost = entry->max_cost;
    }
}

/* Nobody knows what was spent before the plugin was downgraded. */
static void exhaust_all(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  struct probe_state *probe;
  bool in_flight;
  while ((probe = next_limited(&walk, &in_flight)) != NULL)
    spending_exhaust(&probe->spending, wall);
}

/* The maximum size of the text; 0 when no probe has a daily limit. */
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
  spend_store->logged = !state_file_read(files, spend_store->path, on_entry,
                                         spend_store, &later, error);
  if (later)
    exhaust_all(spend_store, wall);
  spend_store->text = malloc(spend_store->size);
  spend_store->writer = files->open_writer(files->user, spend_store->path,
                                           spend_store->size, on_written, user);
  return spend_store->text != NULL && spend_store->writer != NULL;
}

/* --- writing ------------------------------------------------------------- */

static bool next_entry(void *user, struct state_file_entry *entry) {
  struct walk *walk = user;
  bool in_flight;
  const struct probe_state *probe = next_limited(walk, &in_flight);
  if (probe == NULL)
    return false;
  struct spending spending = probe->spending;
  if (in_flight)
    spending_reserve(&spending, probe->settings, walk->now);
  *entry = (struct state_file_entry){.day = spending.day,
                                     .today = spending.today,
                                     .max_cost = spending.max_cost,
                                     .relay = relay_label(walk),
                                     .model = probe->settings->model_label};
  return true;
}

static void submit(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  walk.now = wall;
  size_t length =
      state_file_print(spend_store->text, spend_store->size, next_entry, &walk);
  spend_store->dirty = false;
  spend_store->submitted = spend_store->files->submit(
      spend_store->writer, spend_store->text, length);
}

void spend_store_record(struct spend_store *spend_store, usec now,
                        double wall) {
  if (!spend_store->dirty || spend_store->writer == NULL)
    return;
  if (spend_store->handled == spend_store->submitted)
    spend_store->waiting_since = now;
  submit(spend_store, wall);
}

bool spend_store_reserves(const struct spend_store *spend_store,
                          const struct probe_runtime *probe,
                          unsigned long *number) {
  *number = spend_store->submitted + 1;
  return spend_store->writer != NULL &&
         probe->request.probe->max_cost_per_day > 0;
}

/* Whether there is nothing new to report. */
static bool report(struct spend_store *spend_store, bool ok) {
  bool news = !ok && !spend_store->logged;
  spend_store->logged = !ok;
  return !news;
}

static bool is_overdue(const struct spend_store *spend_store, usec now) {
  return spend_store->stuck || now - spend_store->waiting_since >= disk_timeout;
}

static bool on_status(struct spend_store *spend_store,
                      const struct write_status *written, usec now,
                      struct error *error) {
  spend_store->handled = written->number;
  if (spend_store->settled < written->number)
    spend_store->settled = written->number;
  spend_store->waiting_since = now;
  spend_store->stuck = false;
  *error = written->error;
  return report(spend_store, written->ok);
}

bool spend_store_poll(struct spend_store *spend_store, usec now,
                      struct error *error) {
  struct write_status written;
  if (spend_store->handled == spend_store->submitted)
    return true;
  spend_store->files->poll_writer(spend_store->writer, &written);
  if (written.number > spend_store->handled)
    return on_status(spend_store, &written, now, error);
  if (!is_overdue(spend_store, now))
    return true;
  spend_store->stuck = true;
  spend_store->settled = spend_store->submitted;
  error_set(error,
            "StateFile \"%s\": cannot be written: the disk has not responded "
            "for %d s",
            spend_store->path, (int)(disk_timeout / USEC_PER_SEC));
  return report(spend_store, false);
}

bool spend_store_is_pending(const struct spend_store *spend_store) {
  return spend_store->writer != NULL &&
         (spend_store->dirty || spend_store->handled != spend_store->submitted);
}

usec spend_store_deadline(const struct spend_store *spend_store) {
  return spend_store->settled < spend_store->submitted
             ? spend_store->waiting_since + disk_timeout
             : INT64_MAX;
}

void spend_store_close(struct spend_store *spend_store, usec now, double wall) {
  if (spend_store->dirty && spend_store->writer != NULL)
    submit(spend_store, wall);
  if (spend_store->writer != NULL)
    spend_store->files->close_writer(spend_store->writer, now + close_timeout);
  free(spend_store->text);
  *spend_store = (struct spend_store){0};
}
