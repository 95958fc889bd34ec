#include "engine.h"

#include "agenda.h"
#include "places.h"
#include "pool.h"
#include "probe.h"
#include "prober.h"
#include "turns.h"

#include <stdlib.h>
#include <time.h>

#include <curl/curl.h>

/* A tick ends so long before its time: a callback that takes all of it gets a
 * warning from collectd. */
static const usec tick_margin = 10000;

/* How often it is asked whether the series that were born have arrived. */
static const usec arrival_look = 10000;

/* Not called for so long, probes would come as a burst. */
static const usec gap = 5 * (usec)USEC_PER_SEC;

struct engine {
  const struct settings *settings;
  const struct engine_listener *listener;
  struct bounds bounds;
  struct relay_run *relays;
  size_t relay_count;
  struct agenda agenda; /* the probes that are not in flight */
  struct turns turns;
  struct places places;
  CURLM *multi;
  struct pool pool; /* a transfer for each request in flight at most */
  size_t changed;   /* how many relays have */
  usec tick;
  usec ended;      /* the last tick */
  bool round_only; /* each probe once */
};

/* --- clocks -------------------------------------------------------------- */

static usec clock_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (usec)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

static double wall_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- the end of a probe -------------------------------------------------- */

static void mark_changed(struct engine *engine, struct relay_run *relay) {
  if (!relay->changed)
    engine->changed++;
  relay->changed = true;
}

static void put_on_agenda(struct engine *engine, struct probe_run *probe) {
  if (!engine->round_only && !probe->schedule.in_flight)
    agenda_put(&engine->agenda, &probe->turn, probe->schedule.due);
}

/* Whether a probe is to follow another one that has just failed or recovered:
 * it does not know the same of the relay yet, would not be made so soon
 * anyway, and was not started since the other one was. A completion costs
 * money, so there is a quota. */
static bool may_follow(struct probe_run *probe, const struct probe_run *first,
                       bool failed, usec when, usec now) {
  const struct probe_state *state = &probe->relay->state.probes[probe->index];
  const struct schedule *schedule = &probe->schedule;
  if (probe == first || (state->failures > 0) == failed ||
      (schedule->in_flight ? schedule->started >= first->schedule.started
                           : schedule->due <= when))
    return false;
  return !state->settings->kind->completion ||
         quota_take(&probe->follows, now, 3600 * (usec)USEC_PER_SEC);
}

/* What is down, and what is back, is to be known of the whole relay. */
static void follow(struct engine *engine, const struct probe_run *first,
                   bool failed, usec now) {
  struct relay_run *relay = first->relay;
  usec when = relay->follow_next > now ? relay->follow_next : now;
  relay->follow_next = when + usec_of(relay->settings->retry_interval);
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct probe_run *probe = &relay->probes[i];
    if (!may_follow(probe, first, failed, when, now))
      continue;
    schedule_follow(&probe->schedule, when);
    put_on_agenda(engine, probe);
  }
}

static void finish(struct engine *engine, struct probe_run *probe,
                   const struct outcome *outcome) {
  struct relay_run *relay = probe->relay;
  usec now = clock_now();
  bool failed = outcome->cause != CAUSE_OK;
  relay->state.in_flight--;
  relay->state.skipped_late += schedule_skip(&probe->schedule, now);
  schedule_finish(&probe->schedule, now, failed);
  put_on_agenda(engine, probe);
  struct change change =
      state_record(&relay->state, probe->index, outcome, wall_now());
  if (change.verdict || change.failures)
    mark_changed(engine, relay);
  engine->listener->ended(engine->listener->user, &relay->state, probe->index,
                          outcome, &change);
  bool fell = relay->state.probes[probe->index].failures == 1;
  if ((fell || change.recovered) && !probe->schedule.followed)
    follow(engine, probe, failed, now);
}

/* --- its beginning ------------------------------------------------------- */

static void finish_unsent(struct engine *engine, struct probe_run *probe,
                          enum cause cause, const char *detail) {
  struct outcome outcome;
  outcome_unsent(&outcome, cause, detail);
  places_give(&engine->places);
  finish(engine, probe, &outcome);
}

static void send_request(struct engine *engine, struct probe_run *probe) {
  struct transfer *transfer = pool_take(&engine->pool);
  CURLMcode code = CURLM_OUT_OF_MEMORY;
  if (transfer_open(transfer, &probe->request, probe)) {
    code = curl_multi_add_handle(engine->multi, transfer->easy);
    if (code == CURLM_OK)
      return;
    transfer_abandon(transfer);
  }
  pool_give(&engine->pool, transfer);
  finish_unsent(engine, probe, CAUSE_INTERNAL, curl_multi_strerror(code));
}

static void start(struct engine *engine, struct probe_run *probe, usec now) {
  struct relay_run *relay = probe->relay;
  struct error error;
  agenda_take(&engine->agenda, &probe->turn);
  relay->state.skipped_late += schedule_skip(&probe->schedule, now);
  usec late = now - probe->schedule.due;
  state_started(&relay->state, (double)late / USEC_PER_SEC);
  schedule_start(&probe->schedule, now);
  relay->state.in_flight++;
  if (key_refresh(&relay->settings->key, &error))
    send_request(engine, probe);
  else
    finish_unsent(engine, probe, CAUSE_KEY_UNREADABLE, error.text);
}

static void start_due(struct engine *engine, usec now) {
  struct agenda_item *first;
  while ((first = agenda_first(&engine->agenda)) != NULL && first->due <= now &&
         places_take(&engine->places, now))
    start(engine, (struct probe_run *)first, now);
}

/* --- the wire ------------------------------------------------------------ */

static void collect_one(struct engine *engine, CURL *easy, CURLcode code) {
  struct transfer *transfer = NULL;
  struct outcome outcome;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  transfer_close(transfer, code, &outcome);
  if (transfer_left_lookup(transfer, code))
    places_leave(&engine->places, clock_now());
  else
    places_give(&engine->places);
  curl_multi_remove_handle(engine->multi, easy);
  pool_give(&engine->pool, transfer);
  finish(engine, transfer->owner, &outcome);
}

static void drive(struct engine *engine) {
  int running, waiting;
  CURLMsg *message;
  curl_multi_perform(engine->multi, &running);
  while ((message = curl_multi_info_read(engine->multi, &waiting)) != NULL)
    if (message->msg == CURLMSG_DONE)
      collect_one(engine, message->easy_handle, message->data.result);
}

static bool in_flight(const struct engine *engine) {
  return engine->pool.idle_count < engine->pool.count;
}

/* --- handing the state on ------------------------------------------------ */

static void hand_on(struct engine *engine, size_t index) {
  struct relay_run *relay = &engine->relays[index];
  const struct engine_listener *listener = engine->listener;
  if (relay->changed)
    engine->changed--;
  relay->changed = false;
  relay->series = listener->state(listener->user, &relay->state);
  turns_charge(&engine->turns, relay->series - relay->born);
  relay->born = relay->series;
}

static void hand_on_changed(struct engine *engine) {
  for (size_t i = 0; i < engine->relay_count && engine->changed > 0; i++)
    if (engine->relays[i].changed && turns_is_born(&engine->turns, i))
      hand_on(engine, i);
}

static void count_skipped(struct relay_run *relay, usec now) {
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    relay->state.skipped_late += schedule_skip(&relay->probes[i].schedule, now);
}

static bool may_be_born(struct engine *engine, usec now) {
  const struct engine_listener *listener = engine->listener;
  if (turns_is_arriving(&engine->turns, now)) {
    size_t newest = engine->turns.unborn - 1;
    if (!listener->arrived(listener->user, &engine->relays[newest].state))
      return false;
    turns_arrived(&engine->turns);
  }
  return true;
}

/* One relay at a time, so that no probe waits for it. False: it is nobody's
 * turn. */
static bool hand_on_next(struct engine *engine, usec now) {
  size_t index = engine->turns.unborn;
  size_t series =
      index < engine->relay_count ? engine->relays[index].series : 0;
  if (may_be_born(engine, now) &&
      turns_birth(&engine->turns, now, series, &index)) {
    hand_on(engine, index);
    return true;
  }
  if (!turns_next(&engine->turns, now, &index))
    return false;
  if (turns_is_born(&engine->turns, index)) {
    count_skipped(&engine->relays[index], now);
    hand_on(engine, index);
    state_rest(&engine->relays[index].state);
  }
  return true;
}

/* --- ticks --------------------------------------------------------------- */

double engine_tick_length(const struct settings *settings) {
  double least = settings->interval < 1 ? settings->interval : 1;
  for (size_t r = 0; r < settings->relay_count; r++) {
    const struct relay_settings *relay = &settings->relays[r];
    if (relay->retry_interval < least)
      least = relay->retry_interval;
    for (size_t p = 0; p < relay->probe_count; p++)
      if (relay->probes[p].interval < least)
        least = relay->probes[p].interval;
  }
  return least;
}

static void rebase(struct engine *engine, usec now) {
  for (size_t r = 0; r < engine->relay_count; r++)
    for (size_t p = 0; p < engine->relays[r].settings->probe_count; p++) {
      struct probe_run *probe = &engine->relays[r].probes[p];
      schedule_rebase(&probe->schedule, now);
      put_on_agenda(engine, probe);
    }
}

/* When something is to be done that the wire does not tell of. */
static usec next_start(const struct engine *engine, usec now, usec otherwise) {
  if (engine->turns.unborn < engine->relay_count &&
      now + arrival_look < otherwise)
    otherwise = now + arrival_look;
  const struct agenda_item *first = agenda_first(&engine->agenda);
  bool free_place = engine->places.taken < engine->places.count;
  return first != NULL && free_place && first->due < otherwise ? first->due
                                                               : otherwise;
}

/* Waits for the wire, or until then. False: waiting is impossible. */
static bool wait_until(struct engine *engine, usec until) {
  usec wait = until - clock_now();
  int milliseconds = wait > 0 ? (int)((wait + 999) / 1000) : 0;
  return curl_multi_poll(engine->multi, NULL, 0, milliseconds, NULL) ==
         CURLM_OK;
}

static void step(struct engine *engine, usec now) {
  start_due(engine, now);
  drive(engine);
  hand_on_changed(engine);
}

void engine_tick(struct engine *engine) {
  usec now = clock_now();
  usec until = now + engine->tick - tick_margin;
  if (now - engine->ended > gap + engine->tick)
    rebase(engine, now);
  for (; now < until; now = clock_now()) {
    step(engine, now);
    if (hand_on_next(engine, now))
      continue;
    usec next = next_start(engine, now, until);
    if ((!in_flight(engine) && next == until) || !wait_until(engine, next))
      break;
  }
  engine->ended = clock_now();
}

void engine_round(struct engine *engine) {
  engine->round_only = true;
  while (agenda_first(&engine->agenda) != NULL || in_flight(engine)) {
    step(engine, clock_now());
    if (!wait_until(engine, clock_now() + USEC_PER_SEC / 10))
      break;
  }
  for (size_t i = 0; i < engine->relay_count; i++)
    hand_on(engine, i);
}

/* --- the engine itself --------------------------------------------------- */

static bool init_wire(struct engine *engine, size_t probes,
                      size_t most_headers) {
  size_t most = engine->settings->max_connections;
  engine->multi = curl_multi_init();
  if (engine->multi == NULL || !places_init(&engine->places, most))
    return false;
  /* libcurl would keep but a few of those that KeepAlive is to keep. */
  curl_multi_setopt(engine->multi, CURLMOPT_MAXCONNECTS, (long)most);
  return pool_init(&engine->pool, probes < most ? probes : most, most_headers);
}

static bool init_relay(struct engine *engine, size_t index,
                       struct relay_settings *settings, const char *host,
                       usec now) {
  struct relay_run *relay = &engine->relays[index];
  if (!relay_run_init(relay, settings, &engine->bounds, host, now, wall_now()))
    return false;
  for (size_t i = 0; i < settings->probe_count; i++)
    put_on_agenda(engine, &relay->probes[i]);
  return true;
}

static bool init(struct engine *engine, struct settings *settings,
                 const char *host) {
  size_t probes = 0, most_headers = 0;
  usec now = clock_now();
  for (size_t i = 0; i < settings->relay_count; i++) {
    const struct relay_settings *relay = &settings->relays[i];
    probes += relay->probe_count;
    if (relay->header_count > most_headers)
      most_headers = relay->header_count;
  }
  bounds_of_latency(&engine->bounds, settings);
  engine->tick = usec_of(engine_tick_length(settings));
  engine->ended = now;
  turns_init(&engine->turns, settings->relay_count, usec_of(settings->interval),
             now);
  engine->relays = calloc(settings->relay_count, sizeof *engine->relays);
  if (engine->relays == NULL || !agenda_init(&engine->agenda, probes) ||
      !init_wire(engine, probes, most_headers))
    return false;
  for (size_t i = 0; i < settings->relay_count; i++) {
    engine->relay_count++;
    if (!init_relay(engine, i, &settings->relays[i], host, now))
      return false;
  }
  return true;
}

struct engine *engine_new(struct settings *settings, const char *host,
                          const struct engine_listener *listener) {
  struct engine *engine = calloc(1, sizeof *engine);
  if (engine == NULL)
    return NULL;
  engine->settings = settings;
  engine->listener = listener;
  if (init(engine, settings, host))
    return engine;
  engine_free(engine);
  return NULL;
}

void engine_free(struct engine *engine) {
  if (engine == NULL)
    return;
  pool_free(&engine->pool, engine->multi);
  curl_multi_cleanup(engine->multi);
  for (size_t i = 0; i < engine->relay_count; i++)
    relay_run_free(&engine->relays[i]);
  free(engine->relays);
  places_free(&engine->places);
  agenda_free(&engine->agenda);
  free(engine);
}
