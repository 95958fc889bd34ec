#include "engine/runtime.h"

#include "model/prompt.h"
#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "probe/request_body.h"
#include "state/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *joined(const char *a, const char *b) {
  size_t size = strlen(a) + strlen(b) + 1;
  char *text = malloc(size);
  if (text != NULL)
    snprintf(text, size, "%s%s", a, b);
  return text;
}

void probe_runtime_follow_clock(struct probe_runtime *probe, usec now,
                                double wall) {
  struct schedule *schedule = &probe->schedule;
  if (probe->request.probe->share > 1)
    schedule->phase = schedule_monotonic_phase(probe->shared_phase,
                                               schedule->interval, now, wall);
}

static void init_schedule(struct probe_runtime *probe, const char *host,
                          usec now) {
  const struct relay_settings *relay = probe->relay->settings;
  const struct probe_settings *settings = probe->request.probe;
  const char *labels = probe->relay->state.probes[probe->index].labels;
  usec interval = settings->interval;
  usec phase = schedule_phase(host, relay->name, labels, interval);
  if (settings->share > 1)
    probe->shared_phase = schedule_shared_phase(
        host, relay->name, labels, interval / settings->share, settings->share);
  schedule_init(&probe->schedule, interval, relay->retry_interval, phase, now);
}

/* The length of neither depends on the values. */
static bool allocate_texts(struct probe_runtime *probe,
                           const struct probe_settings *settings) {
  const struct prober *prober = settings->kind->prober;
  struct prompt_values any;
  prompt_values_init(&any, 0, 0);
  if (prober->add_members != NULL)
    probe->body = malloc(request_body_write(settings, &any, NULL) + 1);
  if (settings->expect != NULL)
    probe->expected = malloc(prompt_expand(settings->expect, &any, NULL) + 1);
  return (prober->add_members == NULL || probe->body != NULL) &&
         (settings->expect == NULL || probe->expected != NULL);
}

static bool set_urls(struct probe_urls *urls, const char *base,
                     const struct probe_settings *settings) {
  const char *second = billing_preset_usage_path(settings);
  urls->first = joined(base, settings->path);
  if (second != NULL)
    urls->second = joined(base, second);
  return urls->first != NULL && (second == NULL || urls->second != NULL);
}

static size_t count_urls(const struct probe_runtime *probe) {
  return probe->places.list != NULL ? probe->places.count : 1;
}

static bool init_urls(struct probe_runtime *probe,
                      const struct probe_settings *settings) {
  const char *base = probe->relay->settings->base_url;
  const struct balance_places *places = &probe->places;
  if (!balance_places_init(&probe->places, base, settings))
    return false;
  probe->urls = calloc(count_urls(probe), sizeof *probe->urls);
  for (size_t i = 0; probe->urls != NULL && i < count_urls(probe); i++)
    if (!set_urls(&probe->urls[i], base,
                  places->list != NULL ? &places->list[i] : settings))
      return false;
  return probe->urls != NULL;
}

/* How many requests it takes from now on: that many are kept free. */
static void set_requests(struct probe_runtime *probe, unsigned requests) {
  struct relay_runtime *relay = probe->relay;
  const struct probe_settings *settings =
      &relay->settings->probes[probe->index];
  sliding_window_forget(&relay->window, settings->kind->rank,
                        settings->interval, probe->requests);
  sliding_window_expect(&relay->window, settings->kind->rank,
                        settings->interval, requests);
  probe->requests = requests;
}

static bool init_probe(struct probe_runtime *probe, struct relay_runtime *relay,
                       size_t index, const char *host, usec now) {
  const struct relay_settings *settings = relay->settings;
  const struct probe_settings *mine = &settings->probes[index];
  probe->timer.index = TIMER_STOPPED;
  probe->relay = relay;
  probe->index = index;
  if (!init_urls(probe, mine) || !allocate_texts(probe, mine))
    return false;
  probe->request = (struct request){.relay = settings,
                                    .probe = mine,
                                    .index = index,
                                    .key = relay->key.value,
                                    .body = probe->body,
                                    .expected = probe->expected};
  init_schedule(probe, host, now);
  set_requests(probe, billing_preset_requests(mine));
  return true;
}

/* Hosts and probes that start at the same time have different phases. */
static void write_texts(struct probe_runtime *probe, double wall) {
  const struct probe_settings *settings = probe->request.probe;
  struct prompt_values values;
  prompt_values_init(&values, wall, (uint64_t)probe->schedule.phase);
  request_body_write(settings, &values, probe->body);
  if (probe->expected != NULL)
    prompt_expand(settings->expect, &values, probe->expected);
}

/* A run's first request, or the first one to another place. */
static void begin(struct probe_runtime *probe, usec timeout) {
  size_t index = probe->places.list != NULL ? probe->places.current : 0;
  probe->request.url = probe->urls[index].first;
  probe->request.previous = NULL;
  probe->request.timeout = timeout;
}

/* What the request with this result left of the run's time. */
static usec time_left(const struct probe_runtime *probe,
                      const struct probe_result *result) {
  usec timeout = probe->request.timeout;
  usec taken = usec_of(result->http.duration);
  return taken < timeout ? timeout - taken : 1;
}

void probe_runtime_first(struct probe_runtime *probe, double wall) {
  if (probe->body != NULL)
    write_texts(probe, wall);
  if (probe->places.list != NULL)
    probe->request.probe = balance_places_first(&probe->places);
  begin(probe, probe->request.probe->timeout);
}

static void continue_place(struct probe_runtime *probe,
                           const struct probe_result *result) {
  size_t index = probe->places.list != NULL ? probe->places.current : 0;
  probe->first = *result;
  probe->request.url = probe->urls[index].second;
  probe->request.previous = &probe->first;
  probe->request.timeout = time_left(probe, result);
}

/* Whether there is another place to ask. */
static bool next_place(struct probe_runtime *probe, struct probe_result *result,
                       struct probe_result *other) {
  struct balance_places *places = &probe->places;
  usec timeout = time_left(probe, result);
  const struct probe_settings *place =
      balance_places_next(places, result, other);
  if (place == NULL) {
    const struct relay_settings *relay = probe->relay->settings;
    set_requests(probe,
                 balance_places_requests(places, &relay->probes[probe->index]));
    return false;
  }
  probe->request.probe = place;
  begin(probe, timeout);
  return true;
}

bool probe_runtime_next(struct probe_runtime *probe,
                        struct probe_result *result,
                        struct probe_result *other) {
  *other = (struct probe_result){0};
  if (result->cause == CAUSE_OK && result->needs_second_request) {
    *other = *result;
    continue_place(probe, result);
    return true;
  }
  return probe->places.list != NULL && next_place(probe, result, other);
}

const struct probe_result *
probe_runtime_held(const struct probe_runtime *probe) {
  return probe->places.telling ? &probe->places.held : NULL;
}

static void ignore_metric(void *user, const struct metric *metric) {
  (void)user;
  (void)metric;
}

bool relay_runtime_init(struct relay_runtime *relay,
                        const struct relay_settings *settings,
                        const struct histogram_bounds *bounds, const char *host,
                        usec now, double wall) {
  *relay = (struct relay_runtime){.settings = settings};
  relay->incident_timer.index = TIMER_STOPPED;
  relay->probes = calloc(settings->probe_count, sizeof *relay->probes);
  if (relay->probes == NULL ||
      !state_init(&relay->state, settings, bounds, wall) ||
      !sliding_window_init(&relay->window, settings->max_requests,
                           settings->max_requests_span))
    return false;
  for (size_t i = 0; i < settings->probe_count; i++)
    if (!init_probe(&relay->probes[i], relay, i, host, now))
      return false;
  relay->series = metrics_collect(&relay->state, ignore_metric, NULL);
  return true;
}

void relay_runtime_load_key(struct relay_runtime *relay,
                            const struct files *files, double wall) {
  struct error unused;
  key_init(&relay->key, &relay->settings->key, files);
  relay_runtime_refresh_key(relay, wall, &unused);
}

bool relay_runtime_refresh_key(struct relay_runtime *relay, double wall,
                               struct error *error) {
  bool ok = key_refresh(&relay->key, wall, error);
  if (relay->key.loaded == relay->state.key_loaded)
    return ok;
  state_set_key_loaded(&relay->state, relay->key.loaded);
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    balance_places_retry(&relay->probes[i].places);
  return ok;
}

static void free_urls(struct probe_runtime *probe) {
  for (size_t i = 0; probe->urls != NULL && i < count_urls(probe); i++) {
    free(probe->urls[i].first);
    free(probe->urls[i].second);
  }
  free(probe->urls);
  balance_places_free(&probe->places);
}

void relay_runtime_free(struct relay_runtime *relay) {
  for (size_t i = 0; relay->probes != NULL && i < relay->settings->probe_count;
       i++) {
    free_urls(&relay->probes[i]);
    free(relay->probes[i].body);
    free(relay->probes[i].expected);
  }
  free(relay->probes);
  key_clear(&relay->key);
  state_free(&relay->state);
  sliding_window_free(&relay->window);
}
