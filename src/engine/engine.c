#include "engine/engine_core.h"

#include "engine/incident_driver.h"
#include "engine/probe_lifecycle.h"
#include "probe/probe_kind.h"
#include "state/messages.h"

#include <stdlib.h>

/* A tick ends at least this much early: collectd warns of a callback that takes
 * the whole interval. */
static const usec tick_margin = 10000;

/* On a busy host, waits end late and steps take long. The margin grows by as
 * much as ticks were late, up to this part of a tick, since what arrives
 * between two ticks is noticed late; it halves in about three minutes. */
enum { LAG_PART = 8, LAG_DECAY = 256 };

/* A rough maximum for each value, until the time is measured. */
static const usec value_publish_time = 25;

/* How often new series are looked for where they were published. */
static const usec arrival_poll = 10000;

/* After a stall this long, the overdue probes would come as a burst. */
static const usec stall_threshold = 5 * (usec)USEC_PER_SEC;

/* The minimum time between two states of a relay, from the end of one to the
 * start of the next. collectd's write threads run in parallel: if one stalls,
 * states in quick succession would be written in the wrong order, and counters
 * would go back. rrdtool rejects a second value within the same second. */
static const usec publish_spacing = USEC_PER_SEC;

usec engine_now(const struct engine *engine) {
  return clock_now(engine->clock);
}

double engine_wall(const struct engine *engine) {
  return clock_wall(engine->clock);
}

/* --- the wire ------------------------------------------------------------ */

static void drive(struct engine *engine) {
  const struct transport *transport = engine->transport;
  struct completion completion;
  transport->drive(transport->user);
  while (transport->next(transport->user, &completion))
    lifecycle_complete(engine, &completion);
}

/* Waits for the wire, or until then. False: waiting is impossible. */
static bool wait_until(struct engine *engine, usec until) {
  const struct transport *transport = engine->transport;
  return transport->wait(transport->user, until);
}

/* A probe that waits for the disk counts: it may answer at any time. */
static bool in_flight(const struct engine *engine) {
  return engine->slots.taken > 0;
}

/* --- publishing ------------------------------------------------ */

static void count_missed(struct relay_runtime *relay, usec now) {
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    lifecycle_count_missed(&relay->probes[i], now);
}

static size_t publish_state(struct engine *engine,
                            struct relay_runtime *relay) {
  const struct engine_listener *listener = engine->listener;
  bool publish_due = relay->publish_due;
  relay->publish_due = false;
  state_expire_retry_after(&relay->state, engine_wall(engine));
  if (publish_due)
    count_missed(relay, engine_now(engine));
  size_t series = listener->publish(listener->user, &relay->state);
  if (publish_due)
    state_reset_lateness(&relay->state);
  return series;
}

static usec max_usec(usec a, usec b) { return a > b ? a : b; }

/* How long a tick may take. */
static usec time_usable(const struct engine *engine) {
  return engine->tick - tick_margin - engine->lag;
}

static void publish(struct engine *engine, size_t index) {
  struct relay_runtime *relay = &engine->relays[index];
  if (relay->changed)
    engine->changed--;
  relay->changed = false;
  usec began = engine_now(engine);
  relay->series = publish_state(engine, relay);
  usec ended = engine_now(engine);
  relay->next_publish = ended + publish_spacing;
  relay->publish_time = max_usec(ended - began, relay->publish_time * 7 / 8);
  engine->last_published = index;
  engine->any_published = true;
  if (relay->series > relay->published_series) {
    publish_pacer_drain(&engine->pacer,
                        relay->series - relay->published_series);
    relay->published_series = relay->series;
  }
}

/* collectd takes milliseconds for thousands of values, sometimes a hundred: a
 * state that does not fit into the rest of the tick waits for the next one. */
static bool has_time(const struct engine *engine, size_t index) {
  const struct relay_runtime *relay = &engine->relays[index];
  usec publish_time = relay->publish_time > 0
                          ? relay->publish_time
                          : (usec)relay->series * value_publish_time;
  return engine_now(engine) + publish_time <= engine->until ||
         (publish_time > time_usable(engine) && !engine->any_published);
}

/* The first change is published at once, changes soon after it together a
 * moment later. If there is no time for all relays, the next tick starts behind
 * the last one that was published. Most of the time none is due, and with many
 * relays it takes time to look at each. */
static void publish_changed(struct engine *engine) {
  size_t first = engine->last_published + 1;
  if (engine_now(engine) < engine->next_change)
    return;
  engine->next_change = INT64_MAX;
  for (size_t n = 0; n < engine->relay_count && engine->changed > 0; n++) {
    size_t i = (first + n) % engine->relay_count;
    struct relay_runtime *relay = &engine->relays[i];
    if (!relay->changed)
      continue;
    if (relay->next_publish > engine_now(engine))
      lifecycle_mark_changed(engine, relay); /* again, to note when it is due */
    else if (has_time(engine, i))
      publish(engine, i);
  }
}

static bool may_publish_new(struct engine *engine, usec now) {
  const struct engine_listener *listener = engine->listener;
  if (publish_pacer_is_pending(&engine->pacer, now)) {
    size_t newest = engine->pacer.published - 1;
    if (!listener->arrived(listener->user, &engine->relays[newest].state))
      return false;
    publish_pacer_arrived(&engine->pacer);
  }
  return true;
}

/* One relay at a time, so that no probe waits. False: none is due. */
static bool publish_next(struct engine *engine, usec now) {
  size_t index = engine->pacer.published;
  size_t series =
      index < engine->relay_count ? engine->relays[index].series : 0;
  if (index < engine->relay_count && has_time(engine, index) &&
      may_publish_new(engine, now) &&
      publish_pacer_next_new(&engine->pacer, now, series, &index)) {
    publish(engine, index);
    return true;
  }
  if (!publish_pacer_next(&engine->pacer, now, &index))
    return false;
  if (publish_pacer_is_published(&engine->pacer, index)) {
    engine->relays[index].publish_due = true;
    lifecycle_mark_changed(engine, &engine->relays[index]);
  }
  return true;
}

/* --- ticks --------------------------------------------------------------- */

usec engine_tick_length(const struct settings *settings) {
  usec min =
      settings->interval < USEC_PER_SEC ? settings->interval : USEC_PER_SEC;
  for (size_t r = 0; r < settings->relay_count; r++) {
    const struct relay_settings *relay = &settings->relays[r];
    if (relay->retry_interval < min)
      min = relay->retry_interval;
    for (size_t p = 0; p < relay->probe_count; p++)
      if (relay->probes[p].interval < min)
        min = relay->probes[p].interval;
  }
  return min;
}

usec engine_state_interval(const struct settings *settings) {
  return max_usec(settings->interval, publish_spacing);
}

static void resync(struct engine *engine, usec now) {
  for (size_t r = 0; r < engine->relay_count; r++)
    for (size_t p = 0; p < engine->relays[r].settings->probe_count; p++) {
      struct probe_runtime *probe = &engine->relays[r].probes[p];
      usec late = now - schedule_next(&probe->schedule);
      if (!probe->schedule.in_flight)
        state_record_lateness(&probe->relay->state, seconds_of(late));
      lifecycle_count_missed(probe, now);
      schedule_resync(&probe->schedule, now);
      lifecycle_arm(engine, probe);
    }
}

/* When something has to be done without anything happening on the wire. */
static usec next_event(const struct engine *engine, usec now, usec otherwise) {
  const struct transport *transport = engine->transport;
  if (engine->pacer.published < engine->relay_count &&
      now + arrival_poll < otherwise)
    otherwise = now + arrival_poll;
  if (engine->next_change < otherwise)
    otherwise = engine->next_change;
  if (engine->waiting != NULL &&
      state_store_deadline(&engine->state_store) < otherwise)
    otherwise = state_store_deadline(&engine->state_store);
  if (incident_driver_deadline(engine) < otherwise)
    otherwise = incident_driver_deadline(engine);
  otherwise = transport->deadline(transport->user, otherwise);
  const struct timer *first = timer_heap_min(&engine->timers);
  bool free_place = engine->slots.taken < engine->slots.count;
  return first != NULL && free_place && first->due < otherwise ? first->due
                                                               : otherwise;
}

static void step(struct engine *engine, usec now) {
  lifecycle_start_due(engine, now);
  lifecycle_send_waiting(engine, now);
  drive(engine);
  incident_driver_tick(engine, engine_now(engine));
  publish_changed(engine);
}

static void end_tick(struct engine *engine) {
  usec now = engine_now(engine);
  usec lag =
      max_usec(now - engine->until, engine->lag * (LAG_DECAY - 1) / LAG_DECAY);
  usec max = engine->tick / LAG_PART;
  engine->lag = lag < max ? lag : max;
  engine->ended = now;
}

/* Since when a probe has been due without a tick to start it. A tick may be
 * skipped while none is. */
static usec neglected_since(const struct engine *engine, usec now) {
  const struct timer *first = timer_heap_min(&engine->timers);
  return first != NULL ? max_usec(engine->ended, first->due) : now;
}

void engine_tick(struct engine *engine) {
  usec now = engine_now(engine);
  usec until = now + time_usable(engine);
  engine->until = until;
  engine->any_published = false;
  engine->next_change = now; /* there was no time for some */
  if (now - neglected_since(engine, now) > stall_threshold + engine->tick)
    resync(engine, now);
  for (; now < until; now = engine_now(engine)) {
    step(engine, now);
    if (publish_next(engine, now))
      continue;
    usec next = next_event(engine, now, until);
    if ((!in_flight(engine) && next == until) || !wait_until(engine, next))
      break;
  }
  state_store_record(&engine->state_store, now, engine_wall(engine));
  end_tick(engine);
}

usec engine_next_due(const struct engine *engine) {
  usec now = engine_now(engine);
  const struct timer *first = timer_heap_min(&engine->timers);
  usec due = next_event(engine, now, publish_pacer_due(&engine->pacer));
  if (engine->changed > 0 || engine->lag > 0 ||
      state_store_is_pending(&engine->state_store))
    return now;
  /* One that waits for a slot is not neglected. */
  return first != NULL && first->due < due ? first->due : due;
}

void engine_round(struct engine *engine) {
  engine->round_only = true;
  while (timer_heap_min(&engine->timers) != NULL || in_flight(engine)) {
    step(engine, engine_now(engine));
    if (!wait_until(engine, engine_now(engine) + USEC_PER_SEC / 10))
      break;
  }
  for (size_t i = 0; i < engine->relay_count; i++)
    publish(engine, i);
}

/* --- the engine itself --------------------------------------------------- */

/* A search for the balance ends, and what comes after it has more room then. */
static bool waits_for_search(const struct relay_runtime *relay, unsigned rank) {
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    if (relay->settings->probes[i].kind->rank < rank &&
        billing_preset_is_searched(&relay->settings->probes[i]))
      return true;
  return false;
}

static void warn_if_no_room(struct engine *engine,
                            const struct relay_runtime *relay) {
  char line[MESSAGE_MAX];
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct probe_runtime *probe = &relay->probes[i];
    unsigned rank = probe->request.probe->kind->rank;
    if (waits_for_search(relay, rank) ||
        sliding_window_has_room(&relay->window, rank, probe->requests))
      continue;
    message_never_sent(line, &relay->state, i);
    engine->listener->warn(line);
  }
}

static bool init_relay(struct engine *engine, size_t index,
                       const struct engine_parts *parts, usec now) {
  const struct relay_settings *settings = &parts->settings->relays[index];
  struct relay_runtime *relay = &engine->relays[index];
  if (!relay_runtime_init(relay, settings, &engine->bounds, parts->host, now,
                          engine_wall(engine)))
    return false;
  relay->state.incidents.network = &engine->network;
  relay_runtime_load_key(relay, parts->files, engine_wall(engine));
  for (size_t i = 0; i < settings->probe_count; i++)
    lifecycle_arm(engine, &relay->probes[i]);
  warn_if_no_room(engine, relay);
  return true;
}

static bool open_state_store(struct engine *engine, const struct files *files) {
  const struct transport *transport = engine->transport;
  struct error error;
  engine->state_store =
      (struct state_store){.relays = engine->relays,
                           .count = engine->relay_count,
                           .path = engine->settings->state_file,
                           .files = files};
  bool ok =
      state_store_open(&engine->state_store, transport->wake, transport->user,
                       engine_now(engine), engine_wall(engine), &error);
  if (error.text[0] != '\0')
    engine->listener->warn(error.text);
  return ok;
}

static bool init(struct engine *engine, const struct engine_parts *parts) {
  const struct settings *settings = parts->settings;
  size_t probes = 0;
  usec now = engine_now(engine);
  for (size_t i = 0; i < settings->relay_count; i++)
    probes += settings->relays[i].probe_count;
  histogram_latency_bounds(&engine->bounds, settings);
  engine->tick = engine_tick_length(settings);
  engine->ended = now;
  engine->slots = (struct request_slots){.count = settings->max_connections};
  publish_pacer_init(&engine->pacer, settings->relay_count,
                     engine_state_interval(settings), now);
  engine->relays = calloc(settings->relay_count, sizeof *engine->relays);
  engine->network = (struct network_watch){.relays = settings->relay_count};
  if (engine->relays == NULL || !timer_heap_init(&engine->timers, probes) ||
      !timer_heap_init(&engine->incident_timers, settings->relay_count))
    return false;
  for (size_t i = 0; i < settings->relay_count; i++) {
    engine->relay_count++;
    if (!init_relay(engine, i, parts, now))
      return false;
  }
  return open_state_store(engine, parts->files);
}

struct engine *engine_new(const struct engine_parts *parts) {
  struct engine *engine = calloc(1, sizeof *engine);
  if (engine == NULL)
    return NULL;
  engine->settings = parts->settings;
  engine->clock = parts->clock;
  engine->transport = parts->transport;
  engine->listener = parts->listener;
  if (init(engine, parts))
    return engine;
  engine_free(engine);
  return NULL;
}

void engine_free(struct engine *engine) {
  if (engine == NULL)
    return;
  lifecycle_forget_waiting(engine);
  incident_driver_save(engine);
  state_store_close(&engine->state_store, engine_now(engine),
                    engine_wall(engine));
  engine->transport->cancel(engine->transport->user);
  for (size_t i = 0; i < engine->relay_count; i++)
    relay_runtime_free(&engine->relays[i]);
  free(engine->relays);
  timer_heap_free(&engine->timers);
  timer_heap_free(&engine->incident_timers);
  free(engine);
}
