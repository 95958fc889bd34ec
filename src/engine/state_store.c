#include "engine/state_store.h"

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

static struct walk begin(const struct state_store *state_store) {
  return (struct walk){.relays = state_store->relays,
                       .count = state_store->count,
                       .now = state_store->opened};
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
                          const struct state_store *state_store,
                          const struct state_file_entry *entry) {
  enum problem problem = problem_named(entry->problem);
  double since = (double)entry->since;
  const struct moment moment = {.time = state_store->opened_at -
                                        usec_of(walk->now - since),
                                .wall = since};
  if (problem == PROBLEM_NONE || !is_recent(walk, entry))
    return;
  while (next_probe(walk))
    if (strcmp(relay_label(walk), entry->relay) == 0 &&
        strcmp(state_at(walk)->labels, entry->probe) == 0)
      relay_incidents_resume(&state_store->relays[walk->relay].state.incidents,
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
static void exhaust_all(struct state_store *state_store, double wall) {
  struct walk walk = begin(state_store);
  struct probe_state *probe;
  while ((probe = next_limited(&walk)) != NULL)
    spending_exhaust(&probe->spending, wall);
}

/* The maximum size of the text. */
static size_t text_size(const struct state_store *state_store) {
  struct walk walk = begin(state_store);
  size_t size = STATE_FILE_HEADER_MAX;
  while (next_probe(&walk))
    size += 2 * (STATE_FILE_ENTRY_MAX + strlen(relay_label(&walk))) +
            strlen(state_at(&walk)->settings->model_label) +
            strlen(state_at(&walk)->labels);
  return size;
}

bool state_store_open(struct state_store *state_store,
                      void (*on_written)(void *user), void *user, usec now,
                      double wall, struct error *error) {
  const struct files *files = state_store->files;
  bool later;
  error->text[0] = '\0';
  state_store->opened = wall;
  state_store->opened_at = now;
  state_store->size = text_size(state_store);
  state_store->logged = !state_file_read(files, state_store->path, on_entry,
                                         state_store, &later, error);
  if (later)
    exhaust_all(state_store, wall);
  state_store->text = malloc(state_store->size);
  state_store->writer = files->open_writer(files->user, state_store->path,
                                           state_store->size, on_written, user);
  return state_store->text != NULL && state_store->writer != NULL;
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

static bool any_incident(const struct state_store *state_store) {
  struct walk walk = begin(state_store);
  while (next_probe(&walk))
    if (has_incident(&walk))
      return true;
  return false;
}

static void submit(struct state_store *state_store, double wall) {
  struct walk walk = begin(state_store);
  walk.now = wall;
  size_t length =
      state_file_print(state_store->text, state_store->size,
                       any_incident(state_store), next_entry, &walk);
  state_store->dirty = false;
  state_store->submitted = state_store->files->submit(
      state_store->writer, state_store->text, length);
}

void state_store_record(struct state_store *state_store, usec now,
                        double wall) {
  if (!state_store->dirty || state_store->writer == NULL)
    return;
  state_store->recorded = now;
  if (state_store->handled == state_store->submitted)
    state_store->waiting_since = now;
  submit(state_store, wall);
}

bool state_store_reserves(const struct state_store *state_store,
                          const struct probe_runtime *probe,
                          unsigned long *number) {
  *number = state_store->submitted + 1;
  return state_store->writer != NULL &&
         probe->request.probe->max_cost_per_day > 0;
}

/* Whether there is nothing new to report. */
static bool report(struct state_store *state_store, bool ok) {
  bool news = !ok && !state_store->logged;
  state_store->logged = !ok;
  return !news;
}

static bool is_overdue(const struct state_store *state_store, usec now) {
  return state_store->stuck || now - state_store->waiting_since >= disk_timeout;
}

static bool on_status(struct state_store *state_store,
                      const struct write_status *written, usec now,
                      struct error *error) {
  state_store->handled = written->number;
  if (state_store->settled < written->number)
    state_store->settled = written->number;
  state_store->waiting_since = now;
  state_store->stuck = false;
  *error = written->error;
  return report(state_store, written->ok);
}

bool state_store_poll(struct state_store *state_store, usec now,
                      struct error *error) {
  struct write_status written;
  if (state_store->handled == state_store->submitted)
    return true;
  state_store->files->poll_writer(state_store->writer, &written);
  if (written.number > state_store->handled)
    return on_status(state_store, &written, now, error);
  if (!is_overdue(state_store, now))
    return true;
  state_store->stuck = true;
  state_store->settled = state_store->submitted;
  error_set(error,
            "StateFile \"%s\": cannot be written: the disk has not responded "
            "for %d s",
            state_store->path, (int)(disk_timeout / USEC_PER_SEC));
  return report(state_store, false);
}

bool state_store_is_pending(const struct state_store *state_store) {
  return state_store->writer != NULL &&
         (state_store->dirty || state_store->handled != state_store->submitted);
}

usec state_store_deadline(const struct state_store *state_store) {
  return state_store->settled < state_store->submitted
             ? state_store->waiting_since + disk_timeout
             : INT64_MAX;
}

void state_store_close(struct state_store *state_store, usec now, double wall) {
  if (state_store->dirty && state_store->writer != NULL &&
      state_store->text != NULL)
    submit(state_store, wall);
  if (state_store->writer != NULL)
    state_store->files->close_writer(state_store->writer, now + close_timeout);
  free(state_store->text);
  *state_store = (struct state_store){0};
}
