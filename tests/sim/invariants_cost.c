/* What completions cost stays below MaxCostPerDay, also over restarts. */
#include "invariants.h"
#include "memory.h"
#include "state/state_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A slower disk is not waited for: what is written last may be lost. */
static const double slow_writer = 4.9;

/* --- spend_records
 * -------------------------------------------------------------- */

static bool is_capped(const struct watched_probe *probe) {
  return probe->settings->max_cost_per_day > 0;
}

static bool is_about(const struct spend_record *spend_record,
                     const struct invariants *watch,
                     const struct watched_probe *probe) {
  return strcmp(spend_record->host, watch->host->entry->name) == 0 &&
         strcmp(spend_record->relay, probe->relay->label) == 0 &&
         strcmp(spend_record->model, probe->settings->model_label) == 0;
}

static struct spend_record *spend_record_of(struct invariants *watch,
                                            const struct watched_probe *probe) {
  for (size_t i = 0; i < watch->spend_record_count; i++)
    if (is_about(&watch->spend_records[i], watch, probe))
      return &watch->spend_records[i];
  watch->spend_records =
      memory_grow(watch->spend_records, watch->spend_record_count,
                  &watch->spend_record_room, sizeof *watch->spend_records);
  struct spend_record *spend_record =
      &watch->spend_records[watch->spend_record_count++];
  *spend_record =
      (struct spend_record){.host = memory_text(watch->host->entry->name),
                            .relay = memory_text(probe->relay->label),
                            .model = memory_text(probe->settings->model_label)};
  return spend_record;
}

/* Where the clock was set back over midnight, the day goes on that had begun:
 * no step gives a day's money twice. */
static long long today(struct spend_record *spend_record,
                       const struct invariants *watch) {
  double wall = virtual_clock_wall(&watch->host->clock, watch->host->clock.now);
  long long day = (long long)floor(wall / 86400);
  spend_record->latest = spend_record->latest > day ? day + 1 : day;
  return spend_record->latest;
}

static double *spent_today(struct spend_record *spend_record,
                           const struct invariants *watch) {
  long long day = today(spend_record, watch);
  size_t oldest = 0;
  for (size_t i = 0; i < LEDGER_DAYS; i++) {
    if (spend_record->days[i].day == day)
      return &spend_record->days[i].spent;
    if (spend_record->days[i].day < spend_record->days[oldest].day)
      oldest = i;
  }
  spend_record->days[oldest].day = day;
  spend_record->days[oldest].spent = 0;
  return &spend_record->days[oldest].spent;
}

/* --- prices --------------------------------------------------------------- */

static double cost_of(const struct probe_settings *probe, double prompt,
                      double completion) {
  return (prompt * probe->prompt_price + completion * probe->completion_price) /
         1e6;
}

/* What it may cost, if the relay heeds the limit of tokens. */
static double estimate(const struct probe_settings *probe) {
  return cost_of(probe, probe_settings_prompt_tokens(probe),
                 probe_settings_answer_tokens(probe));
}

/* What the next one is expected to cost: as much as the most expensive one so
 * far, unless that is beyond the limit by itself. */
static double expected(const struct spend_record *spend_record,
                       const struct probe_settings *probe) {
  return spend_record->highest > 0 &&
                 spend_record->highest <= probe->max_cost_per_day
             ? spend_record->highest
             : estimate(probe);
}

/* Relays bill what they have answered, or were about to; no less, whatever they
 * say. */
static double price_of(const struct probe_settings *probe,
                       const struct probe_result *result) {
  const struct http_result *http = &result->http;
  if (result->has_usage)
    return cost_of(probe, (double)result->prompt_tokens,
                   (double)result->completion_tokens);
  bool waited = http->transport_error == CAUSE_TIMEOUT && http->sent;
  return http->http_status / 100 == 2 || waited ? estimate(probe) : 0;
}

/* --- a run ---------------------------------------------------------------- */

void invariants_cost_open(struct invariants *watch,
                          const struct watched_probe *probe) {
  if (!is_capped(probe))
    return;
  struct spend_record *spend_record = spend_record_of(watch, probe);
  spend_record->restarted = watch->host->entry->keep;
  if (watch->host->entry->keep &&
      !invariants_has(watch, EVENT_WRITER_DELAY, slow_writer))
    return;
  memset(spend_record->days, 0, sizeof spend_record->days);
  spend_record->highest = 0;
  spend_record->latest = 0;
}

void invariants_cost_started(struct invariants *watch,
                             const struct watched_probe *probe) {
  if (!is_capped(probe))
    return;
  struct spend_record *spend_record = spend_record_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double next = expected(spend_record, probe->settings);
  double after = *spent_today(spend_record, watch) + next;
  if (after > most * (1 + 1e-9))
    invariants_fail(watch, probe, "money", "%.9g US dollars of %.9g", after,
                    most);
  spend_record->in_flight = next;
}

/* Only what was more expensive than ever before may have been too much. */
void invariants_cost_ended(struct invariants *watch,
                           const struct watched_probe *probe,
                           const struct probe_result *result) {
  if (!is_capped(probe))
    return;
  struct spend_record *spend_record = spend_record_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double price = price_of(probe->settings, result);
  if (result->has_cost && result->cost > price)
    price = result->cost;
  *spent_today(spend_record, watch) += price;
  if (*spent_today(spend_record, watch) > most * (1 + 1e-9) &&
      price <= spend_record->in_flight)
    invariants_fail(watch, probe, "money", "%.9g US dollars of %.9g were spent",
                    *spent_today(spend_record, watch), most);
  spend_record->in_flight = 0;
  if (price > spend_record->highest)
    spend_record->highest = price;
}

/* What was in flight is billed. */
void invariants_cost_close(struct invariants *watch,
                           const struct watched_probe *probe) {
  if (!is_capped(probe))
    return;
  struct spend_record *spend_record = spend_record_of(watch, probe);
  *spent_today(spend_record, watch) += spend_record->in_flight;
  spend_record->in_flight = 0;
}

void invariants_cost_held(struct invariants *watch,
                          const struct watched_probe *probe) {
  struct spend_record *spend_record = spend_record_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double after = *spent_today(spend_record, watch) +
                 expected(spend_record, probe->settings);
  if (spend_record->restarted ||
      invariants_has(watch, EVENT_CLOCK_STEP, -INFINITY))
    return;
  if (after < most * (1 - 1e-9))
    invariants_fail(watch, probe, "held",
                    "%.9g US dollars of %.9g would be spent", after, most);
}

void invariants_cost_free(struct invariants *watch) {
  for (size_t i = 0; i < watch->spend_record_count; i++) {
    free(watch->spend_records[i].host);
    free(watch->spend_records[i].relay);
    free(watch->spend_records[i].model);
  }
  free(watch->spend_records);
}

/* --- the state file ------------------------------------------------------- */

enum { ENTRIES_MAX = 256 }; /* more than twice a story's probes */

struct entries {
  struct state_file_entry list[ENTRIES_MAX];
  size_t count, next;
  bool incidents;
};

static void on_entry(void *user, const struct state_file_entry *entry) {
  struct entries *entries = user;
  struct state_file_entry *copy = &entries->list[entries->count++];
  *copy = *entry;
  copy->relay = memory_text(entry->relay);
  entries->incidents |= entry->kind == STATE_FILE_INCIDENT;
  copy->model = memory_text(entry->model != NULL ? entry->model : "");
  copy->probe = memory_text(entry->probe != NULL ? entry->probe : "");
  copy->problem = memory_text(entry->problem != NULL ? entry->problem : "");
}

static bool next_entry(void *user, struct state_file_entry *entry) {
  struct entries *entries = user;
  if (entries->next == entries->count)
    return false;
  *entry = entries->list[entries->next++];
  return true;
}

static void free_entries(struct entries *entries) {
  for (size_t i = 0; i < entries->count; i++) {
    free((char *)entries->list[i].relay);
    free((char *)entries->list[i].model);
    free((char *)entries->list[i].probe);
    free((char *)entries->list[i].problem);
  }
}

/* What is read of it is what was written. */
void invariants_cost_saved(struct invariants *watch, const char *text,
                           size_t length) {
  struct entries entries = {.count = 0};
  char *copy = memory_text(text), *again = memory_zeros(2, length + 1);
  if (!state_file_parse(copy, length, on_entry, &entries))
    invariants_fail(watch, NULL, "state-file", "it cannot be read");
  size_t printed = state_file_print(again, 2 * length, entries.incidents,
                                    next_entry, &entries);
  if (printed != length || memcmp(again, text, length) != 0)
    invariants_fail(watch, NULL, "state-file", "it is read as something else");
  free_entries(&entries);
  free(copy);
  free(again);
}
