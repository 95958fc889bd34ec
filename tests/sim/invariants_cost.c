/* What completions cost stays below MaxCostPerDay, also over restarts. */
#include "invariants.h"
#include "memory.h"
#include "state/state_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A slower disk is not waited for: what is written last may be lost. */
static const double slow_writer = 4.9;

/* --- ledgers -------------------------------------------------------------- */

static bool is_capped(const struct watched_probe *probe) {
  return probe->settings->max_cost_per_day > 0;
}

static bool is_about(const struct ledger *ledger,
                     const struct invariants *watch,
                     const struct watched_probe *probe) {
  return strcmp(ledger->host, watch->host->entry->name) == 0 &&
         strcmp(ledger->relay, probe->relay->label) == 0 &&
         strcmp(ledger->model, probe->settings->model_label) == 0;
}

static struct ledger *ledger_of(struct invariants *watch,
                                const struct watched_probe *probe) {
  for (size_t i = 0; i < watch->ledger_count; i++)
    if (is_about(&watch->ledgers[i], watch, probe))
      return &watch->ledgers[i];
  watch->ledgers = memory_grow(watch->ledgers, watch->ledger_count,
                               &watch->ledger_room, sizeof *watch->ledgers);
  struct ledger *ledger = &watch->ledgers[watch->ledger_count++];
  *ledger = (struct ledger){.host = memory_text(watch->host->entry->name),
                            .relay = memory_text(probe->relay->label),
                            .model = memory_text(probe->settings->model_label)};
  return ledger;
}

/* Where the clock was set back over midnight, the day goes on that had begun:
 * no step gives a day's money twice. */
static long long today(struct ledger *ledger, const struct invariants *watch) {
  double wall = virtual_clock_wall(&watch->host->clock, watch->host->clock.now);
  long long day = (long long)floor(wall / 86400);
  ledger->latest = ledger->latest > day ? day + 1 : day;
  return ledger->latest;
}

static double *spent_today(struct ledger *ledger,
                           const struct invariants *watch) {
  long long day = today(ledger, watch);
  size_t oldest = 0;
  for (size_t i = 0; i < LEDGER_DAYS; i++) {
    if (ledger->days[i].day == day)
      return &ledger->days[i].spent;
    if (ledger->days[i].day < ledger->days[oldest].day)
      oldest = i;
  }
  ledger->days[oldest].day = day;
  ledger->days[oldest].spent = 0;
  return &ledger->days[oldest].spent;
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
static double expected(const struct ledger *ledger,
                       const struct probe_settings *probe) {
  return ledger->highest > 0 && ledger->highest <= probe->max_cost_per_day
             ? ledger->highest
             : estimate(probe);
}

/* Relays bill what they have answered, or were about to. */
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
  struct ledger *ledger = ledger_of(watch, probe);
  ledger->restarted = watch->host->entry->keep;
  if (watch->host->entry->keep &&
      !invariants_has(watch, EVENT_WRITER_DELAY, slow_writer))
    return;
  memset(ledger->days, 0, sizeof ledger->days);
  ledger->highest = 0;
  ledger->latest = 0;
}

void invariants_cost_started(struct invariants *watch,
                             const struct watched_probe *probe) {
  if (!is_capped(probe))
    return;
  struct ledger *ledger = ledger_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double next = expected(ledger, probe->settings);
  double after = *spent_today(ledger, watch) + next;
  if (after > most * (1 + 1e-9))
    invariants_fail(watch, probe, "money", "%.9g US dollars of %.9g", after,
                    most);
  ledger->in_flight = next;
}

/* Only what was more expensive than ever before may have been too much. */
void invariants_cost_ended(struct invariants *watch,
                           const struct watched_probe *probe,
                           const struct probe_result *result) {
  if (!is_capped(probe))
    return;
  struct ledger *ledger = ledger_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double price = price_of(probe->settings, result);
  *spent_today(ledger, watch) += price;
  if (*spent_today(ledger, watch) > most * (1 + 1e-9) &&
      price <= ledger->in_flight)
    invariants_fail(watch, probe, "money", "%.9g US dollars of %.9g were spent",
                    *spent_today(ledger, watch), most);
  ledger->in_flight = 0;
  if (price > ledger->highest)
    ledger->highest = price;
}

/* What was in flight is billed. */
void invariants_cost_close(struct invariants *watch,
                           const struct watched_probe *probe) {
  if (!is_capped(probe))
    return;
  struct ledger *ledger = ledger_of(watch, probe);
  *spent_today(ledger, watch) += ledger->in_flight;
  ledger->in_flight = 0;
}

void invariants_cost_held(struct invariants *watch,
                          const struct watched_probe *probe) {
  struct ledger *ledger = ledger_of(watch, probe);
  double most = probe->settings->max_cost_per_day;
  double after =
      *spent_today(ledger, watch) + expected(ledger, probe->settings);
  if (ledger->restarted || invariants_has(watch, EVENT_CLOCK_STEP, -INFINITY))
    return;
  if (after < most * (1 - 1e-9))
    invariants_fail(watch, probe, "held",
                    "%.9g US dollars of %.9g would be spent", after, most);
}

void invariants_cost_free(struct invariants *watch) {
  for (size_t i = 0; i < watch->ledger_count; i++) {
    free(watch->ledgers[i].host);
    free(watch->ledgers[i].relay);
    free(watch->ledgers[i].model);
  }
  free(watch->ledgers);
}

/* --- the state file ------------------------------------------------------- */

enum { ENTRIES_MAX = 64 }; /* more than a story has probes with a limit */

struct entries {
  struct state_file_entry list[ENTRIES_MAX];
  size_t count, next;
};

static void on_entry(void *user, const struct state_file_entry *entry) {
  struct entries *entries = user;
  struct state_file_entry *copy = &entries->list[entries->count++];
  *copy = *entry;
  copy->relay = memory_text(entry->relay);
  copy->model = memory_text(entry->model);
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
  }
}

/* What is read of it is what was written. */
void invariants_cost_saved(struct invariants *watch, const char *text,
                           size_t length) {
  struct entries entries = {.count = 0};
  char *copy = memory_text(text), *again = memory_zeros(2, length + 1);
  if (!state_file_parse(copy, length, on_entry, &entries))
    invariants_fail(watch, NULL, "state-file", "it cannot be read");
  size_t printed = state_file_print(again, 2 * length, next_entry, &entries);
  if (printed != length || memcmp(again, text, length) != 0)
    invariants_fail(watch, NULL, "state-file", "it is read as something else");
  free_entries(&entries);
  free(copy);
  free(again);
}
