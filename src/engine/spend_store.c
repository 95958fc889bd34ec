#include "engine/spend_store.h"

#include "state/state_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A completion waits this long for the disk, */
static const usec disk_timeout = 5 * (usec)USEC_PER_SEC;

/* and collectd's shutdown this long: it is to take less than two seconds. */
static const usec close_timeout = USEC_PER_SEC / 2;

/* An incident is taken up again if its probe ended so recently, in seconds. */
static const double incident_age_max = 600;

/* Walks over all probes. */
struct walk {
  const struct relay_runtime *relays;
  size_t count, relay, probe;
  double now;
  bool incident_next; /* of the same probe */
};

static const struct relay_runtime *relay_at(const struct walk *walk) {
  return &walk->relays[walk->relay];
}

static bool next_probe(struct walk *walk) {
  for (; walk->relay < walk->count; walk->relay++, walk->probe = 0)
    if (walk->probe < relay_at(walk)->settings->probe_count) {
      walk->probe++;
      return true;
    }
  return false;
}

/* The probe that next_probe() has come to. */
static struct probe_state *state_at(const struct walk *walk) {
  return &relay_at(walk)->state.probes[walk->probe - 1];
}

static struct probe_state *next_limited(struct walk *walk) {
  while (next_probe(walk))
    if (state_at(walk)->settings->max_cost_per_day > 0)
      return state_at(walk);
  return NULL;
}

static const char *relay_label(const struct walk *walk) {
  return relay_at(walk)->settings->label;
}

static struct walk begin(const struct spend_store *spend_store) {
  return (struct walk){.relays = spend_store->relays,
                       .count = spend_store->count,
                       .now = spend_store->opened};
}

/* --- reading ------------------------------------------------------------- */

static void take_spending(struct walk *walk,
                          const struct state_file_entry *entry) {
  struct probe_state *probe;
  while ((probe = next_limited(walk)) != NULL)
    if (strcmp(relay_label(walk), entry->relay) == 0 &&
        strcmp(probe->settings->model_label, entry->model) == 0) {
      probe->spending.day = entry->day;
      probe->spending.today = entry->today;
      probe->spending.max_cost = entry->max_cost;
    }
}

static enum problem problem_named(const char *name) {
  enum problem problem = PROBLEM_NONE + 1;
  while (problem < PROBLEM_COUNT && strcmp(problem_name(problem), name) != 0)
    problem++;
  return problem < PROBLEM_COUNT ? problem : PROBLEM_NONE;
}

/* What the clock said then and what it says now may be years apart. */
static bool is_recent(const struct walk *walk,
                      const struct state_file_entry *entry) {
  double age = walk->now - (double)entry->last;
  return age >= 0 && age < incident_age_max && entry->since <= entry->last &&
         entry->on_and_off_since <= entry->since;
}

static void take_incident(struct walk *walk,
                          const struct spend_store *spend_store,
                          const struct state_file_entry *entry) {
  enum problem problem = problem_named(entry->problem);
  double since = (double)entry->since;
  const struct moment moment = {.time = spend_store->opened_at -
                                        usec_of(walk->now - since),
                                .wall = since};
  if (problem == PROBLEM_NONE || !is_recent(walk, entry))
    return;
  while (next_probe(walk))
    if (strcmp(relay_label(walk), entry->relay) == 0 &&
        strcmp(state_at(walk)->labels, entry->probe) == 0)
      relay_incidents_resume(&spend_store->relays[walk->relay].state.incidents,
                             walk->probe - 1, problem,
                             usec_of((double)entry->hold), moment,
                             (double)entry->on_and_off_since);
}

static void on_entry(void *user, const struct state_file_entry *entry) {
  struct walk walk = begin(user);
  if (entry->kind == STATE_FILE_SPENDING)
    take_spending(&walk, entry);
  else
    take_incident(&walk, user, entry);
}

/* Nobody knows what was spent before the plugin was downgraded. */
static void exhaust_all(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  struct probe_state *probe;
  while ((probe = next_limited(&walk)) != NULL)
    spending_exhaust(&probe->spending, wall);
}

/* The maximum size of the text. */
static size_t text_size(const struct spend_store *spend_store) {
  struct walk walk = begin(spend_store);
  size_t size = STATE_FILE_HEADER_MAX;
  while (next_probe(&walk))
    size += 2 * (STATE_FILE_ENTRY_MAX + strlen(relay_label(&walk))) +
            strlen(state_at(&walk)->settings->model_label) +
            strlen(state_at(&walk)->labels);
  return size;
}

bool spend_store_open(struct spend_store *spend_store,
                      void (*on_written)(void *user), void *user, usec now,
                      double wall, struct error *error) {
  const struct files *files = spend_store->files;
  bool later;
  error->text[0] = '\0';
  spend_store->opened = wall;
  spend_store->opened_at = now;
  spend_store->size = text_size(spend_store);
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

static bool is_limited(const struct probe_state *probe) {
  return probe->settings->max_cost_per_day > 0;
}

static bool has_incident(const struct walk *walk) {
  const struct relay_incidents *incidents = &relay_at(walk)->state.incidents;
  return incidents->probes[walk->probe - 1].incident.phase == INCIDENT_OPEN;
}

static struct state_file_entry spending_entry(const struct walk *walk) {
  const struct probe_state *probe = state_at(walk);
  struct spending spending = probe->spending;
  if (relay_at(walk)->probes[walk->probe - 1].schedule.in_flight)
    spending_reserve(&spending, probe->settings, walk->now);
  return (struct state_file_entry){.kind = STATE_FILE_SPENDING,
                                   .day = spending.day,
                                   .today = spending.today,
                                   .max_cost = spending.max_cost,
                                   .relay = relay_label(walk),
                                   .model = probe->settings->model_label};
}

static int64_t seconds_or_zero(double seconds) {
  return seconds > 0 ? (int64_t)seconds : 0;
}

static struct state_file_entry incident_entry(const struct walk *walk) {
  const struct incident *incident =
      &relay_at(walk)->state.incidents.probes[walk->probe - 1].incident;
  double last = state_at(walk)->last_probe;
  return (struct state_file_entry){
      .kind = STATE_FILE_INCIDENT,
      .relay = relay_label(walk),
      .probe = state_at(walk)->labels,
      .problem = problem_name(incident->problem),
      .since = seconds_or_zero(incident->began.wall),
      .on_and_off_since = seconds_or_zero(incident->on_and_off_since),
      .hold = seconds_or_zero(seconds_of(incident->hold)),
      .last = seconds_or_zero(last > 0 ? last : walk->now)};
}

/* A probe may have both, its spending first. */
static bool next_entry(void *user, struct state_file_entry *entry) {
  struct walk *walk = user;
  if (walk->incident_next) {
    walk->incident_next = false;
    *entry = incident_entry(walk);
    return true;
  }
  while (next_probe(walk)) {
    walk->incident_next = has_incident(walk);
    if (is_limited(state_at(walk))) {
      *entry = spending_entry(walk);
      return true;
    }
    if (walk->incident_next)
      return next_entry(user, entry);
  }
  return false;
}

static bool any_incident(const struct spend_store *spend_store) {
  struct walk walk = begin(spend_store);
  while (next_probe(&walk))
    if (has_incident(&walk))
      return true;
  return false;
}

static void submit(struct spend_store *spend_store, double wall) {
  struct walk walk = begin(spend_store);
  walk.now = wall;
  size_t length =
      state_file_print(spend_store->text, spend_store->size,
                       any_incident(spend_store), next_entry, &walk);
  spend_store->dirty = false;
  spend_store->submitted = spend_store->files->submit(
      spend_store->writer, spend_store->text, length);
}

void spend_store_record(struct spend_store *spend_store, usec now,
                        double wall) {
  if (!spend_store->dirty || spend_store->writer == NULL)
    return;
  spend_store->recorded = now;
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
  if (spend_store->dirty && spend_store->writer != NULL &&
      spend_store->text != NULL)
    submit(spend_store, wall);
  if (spend_store->writer != NULL)
    spend_store->files->close_writer(spend_store->writer, now + close_timeout);
  free(spend_store->text);
  *spend_store = (struct spend_store){0};
}
