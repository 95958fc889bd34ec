#include "invariants.h"

#include "base/text.h"
#include "engine/schedule.h"
#include "memory.h"
#include "probe/probe_kind.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is broken ------------------------------------------------------- */

void invariants_fail(struct invariants *watch,
                     const struct watched_probe *probe, const char *rule,
                     const char *format, ...) {
  char what[256];
  va_list args;
  if (watch->rule[0] != '\0')
    return;
  va_start(args, format);
  vsnprintf(what, sizeof what, format, args);
  va_end(args);
  snprintf(watch->rule, sizeof watch->rule, "%s", rule);
  snprintf(watch->failure, sizeof watch->failure, "%s at %.6f: %s %s %s: %s",
           watch->host->entry->name, host_time(watch->host),
           probe != NULL ? probe->relay->name : "",
           probe != NULL ? probe->settings->kind->endpoint : "",
           probe != NULL ? probe->settings->model_label : "", what);
}

bool invariants_has(const struct invariants *watch, enum event_kind kind,
                    double least) {
  const struct story *story = watch->host->story;
  for (size_t i = 0; i < story->event_count; i++) {
    const struct story_event *event = &story->events[i];
    if (event->kind == kind && event->of.seconds >= least &&
        (event->host == NULL ||
         strcmp(event->host, watch->host->entry->name) == 0))
      return true;
  }
  return false;
}

usec invariants_tolerance(const struct invariants *watch, usec time) {
  /* A tick ends so long before the next one begins; after a standstill, more
   * so, up to an eighth of a tick. */
  static const usec margin = 15000;
  /* What a longer one has left is spread, also what is due soon after it but
   * was triggered before. */
  static const usec long_standstill = 4 * (usec)USEC_PER_SEC,
                    spread = 10 * (usec)USEC_PER_SEC;
  const struct virtual_clock *clock = &watch->host->clock;
  usec slack = margin, limit = time + slack;
  for (size_t i = 0; i < clock->standstill_count; i++) {
    const struct standstill *one = &clock->standstills[i];
    if (one->from > limit)
      break;
    slack = margin + engine_tick_length(&watch->host->settings) / 8;
    if (limit < time + slack)
      limit = time + slack;
    usec late = one->to - one->from > long_standstill ? spread : 0;
    if (one->to + late >= time && limit < one->to + late + slack)
      limit = one->to + late + slack;
  }
  return limit;
}

/* --- a host --------------------------------------------------------------- */

/* Of a shared probe, on the wall clock. */
static usec phase_of(const struct host *host,
                     const struct watched_probe *probe) {
  char endpoint[128], labels[128];
  const char *model = probe->settings->model_label;
  text_escape_label(endpoint, sizeof endpoint, probe->settings->kind->endpoint);
  snprintf(labels, sizeof labels, "endpoint=%.40s%s%s", endpoint,
           model[0] != '\0' ? ",model=" : "", model);
  usec interval = probe->settings->interval;
  unsigned share = probe->settings->share;
  const char *name = host->entry->name, *relay = probe->relay->name;
  return share > 1 ? schedule_shared_phase(name, relay, labels,
                                           interval / share, share)
                   : schedule_phase(name, relay, labels, interval);
}

static void open_relay(struct invariants *watch, struct watched_relay *relay,
                       const struct relay_settings *settings) {
  *relay = (struct watched_relay){.settings = settings};
  relay->probes = memory_zeros(settings->probe_count, sizeof *relay->probes);
  relay->sent = memory_zeros(settings->max_requests, sizeof *relay->sent);
  for (size_t i = 0; i < settings->probe_count; i++) {
    struct watched_probe *probe = &relay->probes[i];
    probe->relay = settings;
    probe->settings = &settings->probes[i];
    probe->cause = CAUSE_PENDING;
    probe->phase = probe->shared_phase = phase_of(watch->host, probe);
    invariants_schedule_open(watch, probe);
    invariants_cost_open(watch, probe);
    invariants_search_open(probe);
  }
}

static void opened(void *user, const struct host *host) {
  struct invariants *watch = user;
  watch->host = host;
  watch->relay_count = host->settings.relay_count;
  watch->lost = watch->any_lost = false;
  watch->lost_at = 0;
  watch->full = host->clock.now;
  watch->relays = memory_zeros(watch->relay_count, sizeof *watch->relays);
  for (size_t i = 0; i < watch->relay_count; i++)
    open_relay(watch, &watch->relays[i], &host->settings.relays[i]);
}

static void close_relay(struct invariants *watch, struct watched_relay *relay) {
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    invariants_cost_close(watch, &relay->probes[i]);
  invariants_metrics_free(relay);
  free(relay->probes);
  free(relay->sent);
}

static void closed(void *user, const struct host *host) {
  struct invariants *watch = user;
  (void)host;
  for (size_t i = 0; i < watch->relay_count; i++)
    close_relay(watch, &watch->relays[i]);
  free(watch->relays);
  watch->relays = NULL;
  watch->relay_count = 0;
}

/* --- what happens --------------------------------------------------------- */

static struct watched_relay *relay_of(const struct invariants *watch,
                                      const struct relay_settings *settings) {
  return &watch->relays[settings - watch->host->settings.relays];
}

static void started(struct invariants *watch, struct watched_probe *probe) {
  invariants_schedule_started(watch, probe);
  memset(probe->held, 0, sizeof probe->held);
  probe->sent = 0;
  probe->left = probe->settings->timeout;
}

/* A second request, or one to another place. */
static bool goes_on(const struct watched_probe *probe,
                    const struct request *request) {
  return request->previous != NULL ||
         (probe->in_flight && invariants_is_searched(probe));
}

static void note_key(struct watched_relay *relay, const char *key) {
  if (strncmp(relay->key, key, sizeof relay->key - 1) == 0)
    return;
  snprintf(relay->key, sizeof relay->key, "%s", key);
  relay->key_changes++;
}

static void sent(void *user, const struct host *host,
                 const struct request *request,
                 const struct story_event *event) {
  struct invariants *watch = user;
  struct watched_relay *relay = relay_of(watch, request->relay);
  struct watched_probe *probe = &relay->probes[request->index];
  if (!goes_on(probe, request)) {
    started(watch, probe);
    invariants_cost_started(watch, probe);
  }
  probe->requested = host->clock.now;
  note_key(relay, request->key);
  if (request->previous == NULL)
    memcpy(probe->key, relay->key, sizeof probe->key);
  invariants_ratelimit_sent(watch, relay, probe);
  invariants_answers_sent(watch, probe, request, event);
  invariants_search_sent(watch, relay, probe, request, event);
  if (probe->asking)
    invariants_fail(watch, probe, "twice", "two requests at a time");
  if (++probe->sent > invariants_search_requests(probe))
    invariants_fail(watch, probe, "twice", "%u requests in a run", probe->sent);
  probe->asking = true;
}

static void answered(void *user, const struct host *host,
                     const struct relay_settings *settings, size_t index,
                     const struct probe_result *result) {
  struct invariants *watch = user;
  struct watched_probe *probe = &relay_of(watch, settings)->probes[index];
  const struct http_result *http = &result->http;
  usec taken = usec_of(http->duration);
  (void)host;
  probe->asking = false;
  probe->left -= taken < probe->left ? taken : probe->left;
  probe->requests++;
  probe->latencies +=
      http->transport_error == CAUSE_TIMEOUT ||
      (http->transport_error == CAUSE_OK && http->http_status / 100 == 2);
  invariants_search_answered(probe, result);
}

/* A single result is only told if it ends what was told to be suppressed. */
static void check_told(struct invariants *watch, struct watched_probe *probe,
                       const struct probe_result *result, bool told) {
  bool due = result->cause == CAUSE_OK && probe->told_held;
  if (told != due)
    invariants_fail(watch, probe, "told", "%s after %s: %s",
                    causes[result->cause].name, causes[probe->cause].name,
                    due ? "nobody was told" : "told");
  probe->cause = result->cause;
  probe->fault = result->fault;
  probe->told_held = false;
}

static void ended(void *user, const struct host *host,
                  const struct relay_state *state, size_t index,
                  const struct probe_result *result,
                  const struct state_change *change, bool told) {
  struct invariants *watch = user;
  struct watched_relay *relay = relay_of(watch, state->settings);
  struct watched_probe *probe = &relay->probes[index];
  (void)host;
  if (!probe->in_flight)
    started(watch, probe);
  probe->failed += result->cause != CAUSE_OK;
  relay->key_changes += !result->http.attempted;
  invariants_answers_ended(watch, probe, result);
  invariants_search_ended(watch, probe, result);
  invariants_balance_ended(watch, relay, probe, state, result);
  invariants_schedule_ended(watch, relay, probe, result);
  invariants_cost_ended(watch, probe, result);
  invariants_incidents_ended(watch, probe, state, result);
  invariants_blips_ended(watch, probe, state, result, &change->blip);
  check_told(watch, probe, result, told);
}

static void held(void *user, const struct host *host,
                 const struct relay_state *state, size_t index,
                 enum suppress_reason reason) {
  struct invariants *watch = user;
  struct watched_relay *relay = relay_of(watch, state->settings);
  struct watched_probe *probe = &relay->probes[index];
  (void)host;
  if (probe->held[reason])
    invariants_fail(watch, probe, "held", "%s was told before",
                    suppress_reason_name(reason));
  memset(probe->held, 0, sizeof probe->held);
  probe->held[reason] = probe->told_held = true;
  if (reason == REASON_DAILY_COST)
    invariants_cost_held(watch, probe);
  else
    invariants_ratelimit_held(watch, relay, probe);
}

static void published(void *user, const struct host *host,
                      const struct relay_state *state) {
  struct invariants *watch = user;
  struct watched_relay *relay = relay_of(watch, state->settings);
  (void)host;
  invariants_schedule_check(watch, relay, state);
  invariants_metrics_check(watch, relay, state);
  invariants_incidents_check(watch, relay, state);
}

static void on_incident(void *user, const struct host *host,
                        const struct relay_state *state,
                        enum incident_event event) {
  struct invariants *watch = user;
  (void)host;
  invariants_incidents_event(watch, relay_of(watch, state->settings), state,
                             event);
}

static void saved(void *user, const struct host *host, const char *text,
                  size_t length) {
  (void)host;
  invariants_cost_saved(user, text, length);
}

/* --- all of it ------------------------------------------------------------ */

void invariants_init(struct invariants *watch) {
  *watch = (struct invariants){.hooks = {.user = watch,
                                         .opened = opened,
                                         .closed = closed,
                                         .sent = sent,
                                         .answered = answered,
                                         .ended = ended,
                                         .held = held,
                                         .incident = on_incident,
                                         .published = published,
                                         .saved = saved}};
}

void invariants_free(struct invariants *watch) { invariants_cost_free(watch); }
