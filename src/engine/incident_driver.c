#include "engine/incident_driver.h"

#include "engine/probe_lifecycle.h"
#include "probe/probe_kind.h"

#include <stddef.h>

/* Other relays are asked whether they can be reached at most this often, */
static const usec ask_spacing = 2 * (usec)USEC_PER_SEC;

/* and all of them within this time. */
static const usec ask_span = 2 * (usec)USEC_PER_SEC;

/* While an incident is open, StateFile is written at least this often. */
static const usec save_interval = 60 * (usec)USEC_PER_SEC;

/* A probe's blips are logged as often as an event_limit allows in this time. */
static const usec blip_span = 3600 * (usec)USEC_PER_SEC;

static struct moment moment_at(const struct engine *engine, usec now) {
  return (struct moment){.time = now, .wall = engine_wall(engine)};
}

/* --- what follows from a change --------------------------------------------
 */

static void arm(struct engine *engine, struct relay_runtime *relay) {
  usec due = relay_incidents_deadline(&relay->state.incidents);
  if (due == INT64_MAX)
    timer_heap_stop(&engine->incident_timers, &relay->incident_timer);
  else
    timer_heap_start(&engine->incident_timers, &relay->incident_timer, due);
}

static void apply(struct engine *engine, struct relay_runtime *relay,
                  struct incident_change change) {
  const struct engine_listener *listener = engine->listener;
  bool save = relay->state.incidents.open || change.event == INCIDENT_ENDED;
  arm(engine, relay);
  if (change.votes && save && !engine->round_only)
    engine->state_store.dirty = true;
  if (change.votes)
    lifecycle_mark_changed(engine, relay);
  if (change.event != INCIDENT_NO_EVENT)
    listener->incident(listener->user, &relay->state, change.event);
}

/* --- this host's network ----------------------------------------------------
 */

static struct probe_runtime *cheapest_probe(struct relay_runtime *relay) {
  struct probe_runtime *cheapest = &relay->probes[0];
  for (size_t i = 1; i < relay->settings->probe_count; i++)
    if (relay->probes[i].request.probe->kind->rank <
        cheapest->request.probe->kind->rank)
      cheapest = &relay->probes[i];
  return cheapest;
}

/* It is not asked if it tells soon anyway; and a network that comes and goes
 * must not cost more than relays that do. */
static bool may_ask(struct probe_runtime *probe, usec when, usec now) {
  const struct schedule *schedule = &probe->schedule;
  bool asked = schedule->in_flight ? schedule->rerun : schedule->due <= when;
  return !asked && lifecycle_may_add_run(probe, now);
}

/* Asks the relays on which it depends whether the network is lost: the others
 * when the first cannot be reached, those that could not when the first can be
 * again. */
static void ask_others(struct engine *engine, const struct relay_runtime *first,
                       usec now) {
  usec when = now, step = ask_span / (usec)engine->relay_count;
  if (now < engine->next_ask)
    return;
  engine->next_ask = now + ask_spacing;
  for (size_t i = 0; i < engine->relay_count; i++) {
    struct relay_runtime *relay = &engine->relays[i];
    if (relay == first || relay->state.incidents.reach.unreachable ==
                              first->state.incidents.reach.unreachable)
      continue;
    struct probe_runtime *probe = cheapest_probe(relay);
    if (!may_ask(probe, when, now))
      continue;
    schedule_hasten(&probe->schedule, when);
    lifecycle_arm(engine, probe);
    when += step < USEC_PER_SEC / 20 ? step : USEC_PER_SEC / 20;
  }
}

static void on_network_changed(struct engine *engine, enum network_state before,
                               usec now) {
  const struct engine_listener *listener = engine->listener;
  bool report = before == NETWORK_LOST || engine->network.state == NETWORK_LOST;
  for (size_t i = 0; i < engine->relay_count; i++) {
    struct relay_runtime *relay = &engine->relays[i];
    apply(engine, relay,
          relay_incidents_network_changed(&relay->state.incidents, now));
    if (report)
      lifecycle_mark_changed(engine, relay);
  }
  if (report)
    listener->network(listener->user, &engine->network);
}

/* Whether the result tells anything about the network. A probe that was not
 * sent does not, nor one that goes on failing while others reach the relay. */
static bool is_news(struct probe_incident *probe,
                    const struct relay_reach *reach,
                    const struct probe_result *result) {
  bool cut_off = result->fault == FAULT_NETWORK;
  bool news = !cut_off || !probe->cut_off || reach->unreachable;
  if (result->http.attempted)
    probe->cut_off = cut_off;
  return result->http.attempted && news;
}

static void record_reach(struct engine *engine, struct probe_runtime *probe,
                         const struct probe_result *result, usec now) {
  struct relay_incidents *incidents = &probe->relay->state.incidents;
  struct relay_reach *reach = &incidents->reach;
  bool was_unreachable = reach->unreachable;
  enum network_state before = engine->network.state;
  if (!is_news(&incidents->probes[probe->index], reach, result))
    return;
  bool changed = network_watch_record(
      &engine->network, reach, result->fault == FAULT_NETWORK,
      probe->schedule.started, moment_at(engine, now));
  if (reach->unreachable ? changed && engine->network.state == NETWORK_IN_DOUBT
                         : was_unreachable && before == NETWORK_LOST)
    ask_others(engine, probe->relay, now);
  if (changed)
    on_network_changed(engine, before, now);
}

/* --- results ----------------------------------------------------------------
 */

/* An incident of a probe with a long interval ends when its first good answer
 * is confirmed. */
static void ask_for_confirmation(struct engine *engine,
                                 struct probe_runtime *probe, usec now) {
  const struct relay_incidents *incidents = &probe->relay->state.incidents;
  usec when = probe->schedule.started + probe->relay->settings->retry_interval;
  if (!incident_wants_confirmation(&incidents->probes[probe->index].incident) ||
      !lifecycle_may_add_run(probe, now))
    return;
  schedule_trigger(&probe->schedule, when > now ? when : now);
  lifecycle_arm(engine, probe);
}

/* Only a recent incident is taken up again after a restart. */
static void keep_fresh(struct engine *engine, const struct relay_runtime *relay,
                       usec now) {
  if (relay->state.incidents.open && !engine->round_only &&
      now - engine->state_store.recorded >= save_interval)
    engine->state_store.dirty = true;
}

/* Blips are not reported, but who wonders about a success rate below 100 %
 * looks for them in the log. A relay that fails now and then all day must not
 * fill it. */
static void note_blip(struct probe_runtime *probe,
                      const struct probe_result *result, struct blip *blip,
                      usec now) {
  const struct incident *incident =
      &probe->relay->state.incidents.probes[probe->index].incident;
  if (result->cause != CAUSE_OK || !incident_may_be_blip(incident))
    return;
  if (event_limit_below(&probe->blips, now, blip_span)) {
    *blip = (struct blip){.failures = incident->failures,
                          .seconds = seconds_of(now - incident->began.time),
                          .omitted = probe->blip_failures,
                          .omitted_since = probe->blips_since};
    probe->blip_failures = 0;
    return;
  }
  if (probe->blip_failures == 0)
    probe->blips_since = incident->began.wall;
  probe->blip_failures += incident->failures;
}

void incident_driver_record(struct engine *engine, struct probe_runtime *probe,
                            const struct probe_result *result,
                            struct state_change *change, usec now) {
  struct relay_runtime *relay = probe->relay;
  usec defer = probe->schedule.defer;
  const struct incident_result outcome = {
      .problem = problem_of(result->cause, result->fault),
      .fault = result->fault,
      .started = probe->schedule.started,
      .wait = defer > now ? defer - now : 0};
  record_reach(engine, probe, result, now);
  note_blip(probe, result, &change->blip, now);
  apply(engine, relay,
        relay_incidents_record(&relay->state.incidents, probe->index, &outcome,
                               moment_at(engine, now)));
  ask_for_confirmation(engine, probe, now);
  keep_fresh(engine, relay, now);
}

void incident_driver_suppress(struct engine *engine,
                              struct probe_runtime *probe, usec now) {
  struct relay_incidents *incidents = &probe->relay->state.incidents;
  apply(engine, probe->relay,
        relay_incidents_suppress(incidents, probe->index, now));
}

void incident_driver_save(struct engine *engine) {
  for (size_t i = 0; i < engine->relay_count; i++)
    if (engine->relays[i].state.incidents.open && !engine->round_only)
      engine->state_store.dirty = true;
}

/* --- time -------------------------------------------------------------------
 */

static struct relay_runtime *relay_of(struct timer *timer) {
  return (struct relay_runtime *)((char *)timer - offsetof(struct relay_runtime,
                                                           incident_timer));
}

void incident_driver_tick(struct engine *engine, usec now) {
  struct timer *first;
  enum network_state before = engine->network.state;
  if (network_watch_tick(&engine->network, now))
    on_network_changed(engine, before, now);
  while ((first = timer_heap_min(&engine->incident_timers)) != NULL &&
         first->due <= now) {
    struct relay_runtime *relay = relay_of(first);
    timer_heap_stop(&engine->incident_timers, first);
    apply(engine, relay, relay_incidents_tick(&relay->state.incidents, now));
  }
}

usec incident_driver_deadline(const struct engine *engine) {
  const struct timer *first = timer_heap_min(&engine->incident_timers);
  usec network = network_watch_deadline(&engine->network);
  return first != NULL && first->due < network ? first->due : network;
}
