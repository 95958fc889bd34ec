#include "engine/probe_lifecycle.h"

#include "engine/incident_driver.h"
#include "engine/sliding_window.h"
#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "state/messages.h"
#include "state/spending.h"

/* Seconds; a relay that asks for more would stop its own probes for longer than
 * anyone wants. */
static const double retry_after_max = 6 * 3600;

static const char no_memory[] = "out of memory";

/* Between the starts of a relay's probes that are all due at once. */
static const usec sibling_spacing = USEC_PER_SEC / 5;

static const usec hour = 3600 * (usec)USEC_PER_SEC;

void lifecycle_count_missed(struct probe_runtime *probe, usec now) {
  bool deferred = probe->schedule.defer > probe->schedule.due;
  unsigned skipped = schedule_count_missed(&probe->schedule, now);
  probe->relay->state.skipped[deferred ? REASON_RETRY_AFTER : REASON_LATE] +=
      skipped;
}

/* --- the end of a probe -------------------------------------------------- */

void lifecycle_mark_changed(struct engine *engine,
                            struct relay_runtime *relay) {
  if (relay->published_series == 0)
    return;
  if (!relay->changed)
    engine->changed++;
  relay->changed = true;
  if (relay->next_publish < engine->next_change)
    engine->next_change = relay->next_publish;
}

void lifecycle_arm(struct engine *engine, struct probe_runtime *probe) {
  if (!engine->round_only && !probe->schedule.in_flight)
    timer_heap_start(&engine->timers, &probe->timer,
                     schedule_next(&probe->schedule));
}

bool lifecycle_may_add_run(struct probe_runtime *probe, usec now) {
  return !probe_kind_has(probe->request.probe->kind, PROBE_USES_TOKENS) ||
         event_limit_below(&probe->triggers, now, hour);
}

/* Whether a probe is to run because another has just failed or recovered: its
 * own last result differs, it is not due so soon anyway, and was not started
 * since the other one was. */
static bool may_trigger(struct probe_runtime *probe,
                        const struct probe_runtime *first, bool failed,
                        usec when, usec now) {
  const struct probe_state *state = &probe->relay->state.probes[probe->index];
  const struct schedule *schedule = &probe->schedule;
  if (probe == first || (state->failures > 0) == failed ||
      (schedule->in_flight ? schedule->started >= first->schedule.started
                           : schedule->due <= when))
    return false;
  return lifecycle_may_add_run(probe, now);
}

/* What is down, or up again, is to be known for the whole relay. */
static void trigger_siblings(struct engine *engine,
                             const struct probe_runtime *first, bool failed,
                             usec now) {
  struct relay_runtime *relay = first->relay;
  usec first_run = relay->next_trigger > now ? relay->next_trigger : now;
  usec when = first_run;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct probe_runtime *probe = &relay->probes[i];
    if (!may_trigger(probe, first, failed, when, now))
      continue;
    schedule_trigger(&probe->schedule, when);
    lifecycle_arm(engine, probe);
    relay->next_trigger = first_run + relay->settings->retry_interval;
    when += sibling_spacing;
  }
}

/* The relay may have sent Retry-After. */
static void defer(struct engine *engine, struct probe_runtime *probe,
                  const struct http_result *http, usec now) {
  struct relay_runtime *relay = probe->relay;
  bool asked = http->retry_after > 0 &&
               (http->http_status == 429 || http->http_status == 503);
  if (asked && http->retry_after <= retry_after_max) {
    schedule_defer(&probe->schedule, now + usec_of(http->retry_after));
    state_set_retry_after(&relay->state, probe->index,
                          engine_wall(engine) + http->retry_after);
  } else if (asked && !probe->retry_after_logged) {
    char line[MESSAGE_MAX];
    message_retry_after_ignored(line, &relay->state, probe->index,
                                http->retry_after);
    engine->listener->warn(line);
  }
  probe->retry_after_logged = asked && http->retry_after > retry_after_max;
}

static unsigned rank_of(const struct probe_runtime *probe) {
  return probe->request.probe->kind->rank;
}

/* What it costs, or may cost while it is in flight, has to be stored. */
static void mark_spending(struct engine *engine,
                          const struct probe_runtime *probe) {
  if (!engine->round_only && probe->request.probe->max_cost_per_day > 0)
    engine->state_store.dirty = true;
}

/* What was asked with an earlier key is no balance of this one. */
static void check_key(struct probe_runtime *probe,
                      const struct probe_result *result) {
  struct relay_runtime *relay = probe->relay;
  if (probe->key_loaded != relay->key.loaded &&
      (result->has_balance || result->unlimited))
    state_set_key_loaded(&relay->state, relay->key.loaded);
}

static void complete(struct engine *engine, struct probe_runtime *probe,
                     const struct probe_result *result) {
  struct relay_runtime *relay = probe->relay;
  usec now = engine_now(engine);
  bool failed = result->cause != CAUSE_OK;
  relay->state.in_flight--;
  sliding_window_cancel(&relay->window, rank_of(probe), probe->reserved);
  probe->reserved = 0;
  lifecycle_count_missed(probe, now);
  schedule_finish(&probe->schedule, now, failed);
  defer(engine, probe, &result->http, now);
  lifecycle_arm(engine, probe);
  struct state_change change =
      state_record(&relay->state, probe->index, result, engine_wall(engine));
  check_key(probe, result);
  change.resumed = probe->suppression_logged;
  probe->suppression_logged = false;
  mark_spending(engine, probe);
  if (change.verdict_changed || change.failures_changed)
    lifecycle_mark_changed(engine, relay);
  incident_driver_record(engine, probe, result, &change, now);
  engine->listener->completed(engine->listener->user, &relay->state,
                              probe->index, result, &change);
  bool fell = relay->state.probes[probe->index].failures == 1;
  if ((fell || change.recovered) && !probe->schedule.triggered)
    trigger_siblings(engine, probe, failed, now);
}

/* --- the start of a probe
 * ------------------------------------------------------- */

static void complete_unsent(struct engine *engine, struct probe_runtime *probe,
                            enum cause cause, const char *detail) {
  struct probe_result result;
  probe_result_unsent(&result, cause, detail);
  request_slots_release(&engine->slots);
  complete(engine, probe, &result);
}

/* False: memory ran out, and nothing was sent. */
static bool send_request(struct engine *engine, struct probe_runtime *probe) {
  const struct transport *transport = engine->transport;
  usec now = engine_now(engine);
  if (!transport->start(transport->user, &probe->request, probe))
    return false;
  if (probe->request.previous == NULL)
    probe->key_loaded = probe->relay->key.loaded;
  sliding_window_record(&probe->relay->window, rank_of(probe), now);
  probe->reserved--;
  return true;
}

static void send_first(struct engine *engine, struct probe_runtime *probe) {
  probe_runtime_first(probe, engine_wall(engine));
  if (!send_request(engine, probe))
    complete_unsent(engine, probe, CAUSE_INTERNAL, no_memory);
}

/* The relay's and the probe's own limits. */
static bool is_allowed(struct engine *engine, struct probe_runtime *probe,
                       usec now, enum suppress_reason *reason) {
  const struct probe_settings *settings = probe->request.probe;
  struct probe_state *state = &probe->relay->state.probes[probe->index];
  *reason = REASON_DAILY_COST;
  if (!spending_allows(&state->spending, settings, engine_wall(engine)))
    return false;
  *reason = REASON_RATE_LIMIT;
  if (!sliding_window_reserve(&probe->relay->window, rank_of(probe),
                              probe->requests, now))
    return false;
  probe->reserved = probe->requests;
  return true;
}

/* Runs are due to the millisecond, and a limit that is just sufficient allows a
 * request exactly one span after another: one that is early by a moment waits,
 * so that the run is not lost. */
static bool postpone_briefly(struct engine *engine, struct probe_runtime *probe,
                             enum suppress_reason reason, usec now) {
  struct schedule *schedule = &probe->schedule;
  usec tolerance = schedule->interval / 10, when;
  if (tolerance > USEC_PER_SEC)
    tolerance = USEC_PER_SEC;
  usec until =
      tolerance + (schedule->postponed ? schedule->postponed_since : now);
  if (reason != REASON_RATE_LIMIT || engine->round_only || until <= now ||
      !sliding_window_opens(&probe->relay->window, rank_of(probe),
                            probe->requests, now, until, &when))
    return false;
  request_slots_release(&engine->slots);
  schedule_postpone(schedule, now, when);
  lifecycle_arm(engine, probe);
  return true;
}

static void suppress(struct engine *engine, struct probe_runtime *probe,
                     enum suppress_reason reason, usec now) {
  struct relay_runtime *relay = probe->relay;
  request_slots_release(&engine->slots);
  schedule_skip(&probe->schedule, now);
  lifecycle_arm(engine, probe);
  incident_driver_suppress(engine, probe, now);
  if (!state_suppress(&relay->state, probe->index, reason, engine_wall(engine)))
    return;
  lifecycle_mark_changed(engine, relay);
  /* With a tight limit it changes with each run. */
  if (!event_limit_below(&probe->suppressions, now, hour))
    return;
  probe->suppression_logged = true;
  engine->listener->suppressed(engine->listener->user, &relay->state,
                               probe->index, reason);
}

static void send_probe(struct engine *engine, struct probe_runtime *probe) {
  struct error error;
  if (relay_runtime_refresh_key(probe->relay, engine_wall(engine), &error))
    send_first(engine, probe);
  else
    complete_unsent(engine, probe, CAUSE_KEY_UNREADABLE, error.text);
}

/* Until StateFile contains what it may cost. */
static void wait_for_store(struct engine *engine, struct probe_runtime *probe) {
  probe->next_waiting = engine->waiting;
  engine->waiting = probe;
}

static void start(struct engine *engine, struct probe_runtime *probe,
                  usec now) {
  struct relay_runtime *relay = probe->relay;
  enum suppress_reason reason;
  timer_heap_stop(&engine->timers, &probe->timer);
  lifecycle_count_missed(probe, now);
  usec late = now - schedule_next(&probe->schedule);
  probe_runtime_follow_clock(probe, now, engine_wall(engine));
  if (!is_allowed(engine, probe, now, &reason)) {
    if (!postpone_briefly(engine, probe, reason, now))
      suppress(engine, probe, reason, now);
    return;
  }
  state_record_start(&relay->state, probe->index, seconds_of(late));
  schedule_start(&probe->schedule, now);
  relay->state.in_flight++;
  mark_spending(engine, probe);
  if (!engine->round_only &&
      state_store_reserves(&engine->state_store, probe, &probe->reservation))
    wait_for_store(engine, probe);
  else
    send_probe(engine, probe);
}

void lifecycle_start_due(struct engine *engine, usec now) {
  struct timer *first;
  while ((first = timer_heap_min(&engine->timers)) != NULL &&
         first->due <= now && request_slots_acquire(&engine->slots))
    start(engine, (struct probe_runtime *)first, now);
}

void lifecycle_send_waiting(struct engine *engine, usec now) {
  struct error error;
  state_store_record(&engine->state_store, now, engine_wall(engine));
  if (!state_store_poll(&engine->state_store, now, &error))
    engine->listener->warn(error.text);
  for (struct probe_runtime **at = &engine->waiting; *at != NULL;) {
    struct probe_runtime *probe = *at;
    if (probe->reservation <= engine->state_store.settled) {
      *at = probe->next_waiting;
      send_probe(engine, probe);
    } else {
      at = &probe->next_waiting;
    }
  }
}

void lifecycle_forget_waiting(struct engine *engine) {
  for (; engine->waiting != NULL;
       engine->waiting = engine->waiting->next_waiting)
    engine->waiting->schedule.in_flight = false;
}

/* --- the end of a request
 * ---------------------------------------------------------- */

static void record_held(struct probe_runtime *probe) {
  const struct probe_result *held = probe_runtime_held(probe);
  if (held != NULL)
    state_record_request(&probe->relay->state, probe->index, held);
}

/* Whether the probe takes another request, which was sent. */
static bool send_next(struct engine *engine, struct probe_runtime *probe,
                      struct probe_result *result) {
  struct relay_state *state = &probe->relay->state;
  struct probe_result other;
  bool more = probe_runtime_next(probe, result, &other);
  state_record_request(state, probe->index, &other);
  if (!more)
    return false;
  struct error error;
  if (!relay_runtime_refresh_key(probe->relay, engine_wall(engine), &error)) {
    record_held(probe);
    probe_result_unsent(result, CAUSE_KEY_UNREADABLE, error.text);
    return false;
  }
  if (send_request(engine, probe))
    return true;
  record_held(probe);
  probe_result_unsent(result, CAUSE_INTERNAL, no_memory);
  return false;
}

void lifecycle_complete(struct engine *engine, struct completion *completion) {
  struct probe_runtime *probe = completion->owner;
  if (send_next(engine, probe, &completion->result))
    return;
  request_slots_release(&engine->slots);
  complete(engine, probe, &completion->result);
}
