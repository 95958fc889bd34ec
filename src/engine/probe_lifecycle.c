#include "engine/probe_lifecycle.h"

#include "base/clock.h"
#include "engine/limit.h"
#include "probe/prober.h"
#include "state/messages.h"
#include "state/spending.h"

/* Seconds; a relay that asks for more than hours would silence its own probe
 * for longer than anybody could want. */
static const double retry_after_max = 6 * 3600;

static const char no_memory[] = "out of memory";

static const usec hour = 3600 * (usec)USEC_PER_SEC;

/* Turns that came in vain: while the relay asked to wait, or too late. */
void course_skip_turns(struct probe_run *probe, usec now) {
  bool held = probe->schedule.hold > probe->schedule.due;
  unsigned skipped = schedule_skip(&probe->schedule, now);
  probe->relay->state.skipped[held ? REASON_RETRY_AFTER : REASON_LATE] +=
      skipped;
}

/* --- the end of a probe -------------------------------------------------- */

void course_mark_changed(struct engine *engine, struct relay_run *relay) {
  if (relay->born == 0)
    return;
  if (!relay->changed)
    engine->changed++;
  relay->changed = true;
}

void course_plan(struct engine *engine, struct probe_run *probe) {
  if (!engine->round_only && !probe->schedule.in_flight)
    agenda_put(&engine->agenda, &probe->turn, schedule_next(&probe->schedule));
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
         quota_take(&probe->follows, now, hour);
}

/* What is down, and what is back, is to be known of the whole relay. */
static void follow(struct engine *engine, const struct probe_run *first,
                   bool failed, usec now) {
  struct relay_run *relay = first->relay;
  usec when = relay->follow_next > now ? relay->follow_next : now;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct probe_run *probe = &relay->probes[i];
    if (!may_follow(probe, first, failed, when, now))
      continue;
    schedule_follow(&probe->schedule, when);
    course_plan(engine, probe);
    relay->follow_next = when + usec_of(relay->settings->retry_interval);
  }
}

/* The relay asked not to be asked for a while. */
static void hold(struct engine *engine, struct probe_run *probe,
                 const struct exchange *exchange, usec now) {
  struct relay_run *relay = probe->relay;
  bool asked = exchange->retry_after > 0 &&
               (exchange->http_status == 429 || exchange->http_status == 503);
  if (asked && exchange->retry_after <= retry_after_max) {
    schedule_hold(&probe->schedule, now + usec_of(exchange->retry_after));
    state_hold(&relay->state, probe->index,
               clock_wall() + exchange->retry_after);
  } else if (asked && !probe->told_of_retry) {
    char line[REPORT_MAX];
    report_retry_after(line, &relay->state, probe->index,
                       exchange->retry_after);
    engine->listener->warn(line);
  }
  probe->told_of_retry = asked && exchange->retry_after > retry_after_max;
}

static unsigned rank_of(const struct probe_run *probe) {
  return probe->request.probe->kind->rank;
}

/* What it costs, or may while it is in flight, is to be remembered. */
static void note_cost(struct engine *engine, const struct probe_run *probe) {
  if (!engine->round_only && probe->request.probe->max_cost_per_day > 0)
    engine->ledger.unsaved = true;
}

static void finish(struct engine *engine, struct probe_run *probe,
                   const struct outcome *outcome) {
  struct relay_run *relay = probe->relay;
  usec now = clock_now();
  bool failed = outcome->cause != CAUSE_OK;
  relay->state.in_flight--;
  window_give_back(&relay->window, rank_of(probe), probe->promised);
  probe->promised = 0;
  course_skip_turns(probe, now);
  usec outage = schedule_finish(&probe->schedule, now, failed);
  hold(engine, probe, &outcome->exchange, now);
  course_plan(engine, probe);
  struct change change =
      state_record(&relay->state, probe->index, outcome, clock_wall());
  change.outage = (double)outage / USEC_PER_SEC;
  change.released = probe->told_of_limit;
  probe->told_of_limit = false;
  note_cost(engine, probe);
  if (change.verdict || change.failures)
    course_mark_changed(engine, relay);
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

static bool hand_to_libcurl(struct engine *engine, struct transfer *transfer) {
  return transfer_send(transfer) &&
         curl_multi_add_handle(engine->multi, transfer->easy) == CURLM_OK;
}

/* False: nothing was sent. */
static bool send_request(struct engine *engine, struct transfer *transfer,
                         struct probe_run *probe) {
  if (!transfer_open(transfer, &probe->request, probe))
    return false;
  window_note(&probe->relay->window, rank_of(probe), clock_now());
  probe->promised--;
  if (transfer_begins_with_name(transfer)) {
    transfer_ask(transfer);
    return true;
  }
  if (hand_to_libcurl(engine, transfer))
    return true;
  transfer_abandon(transfer);
  return false;
}

static void send_first(struct engine *engine, struct probe_run *probe) {
  struct transfer *transfer = pool_take(&engine->pool);
  probe_run_first(probe);
  if (send_request(engine, transfer, probe))
    return;
  pool_give(&engine->pool, transfer);
  finish_unsent(engine, probe, CAUSE_INTERNAL, no_memory);
}

/* The relay's and the probe's own limits. */
static bool is_allowed(struct probe_run *probe, usec now, enum reason *reason) {
  const struct probe_settings *settings = probe->request.probe;
  struct probe_state *state = &probe->relay->state.probes[probe->index];
  *reason = REASON_DAILY_COST;
  if (!spending_allows(&state->spending, settings, clock_wall()))
    return false;
  *reason = REASON_RATE_LIMIT;
  if (!window_take(&probe->relay->window, rank_of(probe), probe->requests, now))
    return false;
  probe->promised = probe->requests;
  return true;
}

/* Turns come to the millisecond, and a limit that is just enough lets one be
 * sent a whole span after the one before: what would be too early by a moment
 * waits for it, and is no turn lost. */
static bool waits(struct engine *engine, struct probe_run *probe,
                  enum reason reason, usec now) {
  usec patience = probe->schedule.interval / 10, when;
  if (patience > USEC_PER_SEC)
    patience = USEC_PER_SEC;
  if (reason != REASON_RATE_LIMIT || engine->round_only ||
      !window_opens(&probe->relay->window, rank_of(probe), probe->requests, now,
                    now + patience, &when))
    return false;
  places_give(&engine->places);
  schedule_delay(&probe->schedule, when);
  course_plan(engine, probe);
  return true;
}

static void suppress(struct engine *engine, struct probe_run *probe,
                     enum reason reason, usec now) {
  struct relay_run *relay = probe->relay;
  places_give(&engine->places);
  schedule_pass(&probe->schedule, now);
  course_plan(engine, probe);
  if (!state_suppress(&relay->state, probe->index, reason, clock_wall()))
    return;
  course_mark_changed(engine, relay);
  /* Where room is tight it goes to and fro, with each turn. */
  if (!quota_take(&probe->explained, now, hour))
    return;
  probe->told_of_limit = true;
  engine->listener->held(engine->listener->user, &relay->state, probe->index,
                         reason);
}

static void send_off(struct engine *engine, struct probe_run *probe) {
  struct error error;
  if (key_refresh(&probe->relay->settings->key, &error))
    send_first(engine, probe);
  else
    finish_unsent(engine, probe, CAUSE_KEY_UNREADABLE, error.text);
}

/* Until StateFile has what it may cost. */
static void wait_for_ledger(struct engine *engine, struct probe_run *probe) {
  probe->next_waiting = engine->waiting;
  engine->waiting = probe;
}

static void start(struct engine *engine, struct probe_run *probe, usec now) {
  struct relay_run *relay = probe->relay;
  enum reason reason;
  agenda_take(&engine->agenda, &probe->turn);
  course_skip_turns(probe, now);
  usec late = now - schedule_next(&probe->schedule);
  if (!is_allowed(probe, now, &reason)) {
    if (!waits(engine, probe, reason, now))
      suppress(engine, probe, reason, now);
    return;
  }
  state_started(&relay->state, probe->index, (double)late / USEC_PER_SEC);
  schedule_start(&probe->schedule, now);
  relay->state.in_flight++;
  note_cost(engine, probe);
  if (!engine->round_only &&
      ledger_reserves(&engine->ledger, probe, &probe->reservation))
    wait_for_ledger(engine, probe);
  else
    send_off(engine, probe);
}

void course_start_due(struct engine *engine, usec now) {
  struct agenda_item *first;
  while ((first = agenda_first(&engine->agenda)) != NULL && first->due <= now &&
         places_take(&engine->places))
    start(engine, (struct probe_run *)first, now);
}

void course_send_waiting(struct engine *engine, usec now) {
  struct error error;
  ledger_save(&engine->ledger, now, clock_wall());
  if (!ledger_look(&engine->ledger, now, &error))
    engine->listener->warn(error.text);
  for (struct probe_run **at = &engine->waiting; *at != NULL;) {
    struct probe_run *probe = *at;
    if (probe->reservation <= engine->ledger.settled) {
      *at = probe->next_waiting;
      send_off(engine, probe);
    } else {
      at = &probe->next_waiting;
    }
  }
}

void course_forget_waiting(struct engine *engine) {
  for (; engine->waiting != NULL;
       engine->waiting = engine->waiting->next_waiting)
    engine->waiting->schedule.in_flight = false;
}

/* --- its answer ---------------------------------------------------------- */

/* Whether another request is on its way. */
static bool send_next(struct engine *engine, struct transfer *transfer,
                      struct probe_run *probe, struct outcome *outcome) {
  if (!probe_run_next(probe, outcome))
    return false;
  state_record_request(&probe->relay->state, probe->index, outcome);
  struct error error;
  if (!key_refresh(&probe->relay->settings->key, &error)) {
    outcome_unsent(outcome, CAUSE_KEY_UNREADABLE, error.text);
    return false;
  }
  if (send_request(engine, transfer, probe))
    return true;
  outcome_unsent(outcome, CAUSE_INTERNAL, no_memory);
  return false;
}

/* A request is over, whether libcurl had it or not. */
static void conclude(struct engine *engine, struct transfer *transfer,
                     CURLcode code) {
  struct outcome outcome;
  struct probe_run *probe = transfer->owner;
  transfer_close(transfer, code, &outcome);
  curl_multi_remove_handle(engine->multi, transfer->easy);
  if (send_next(engine, transfer, probe, &outcome))
    return;
  places_give(&engine->places);
  pool_give(&engine->pool, transfer);
  finish(engine, probe, &outcome);
}

static void collect_name(struct engine *engine, struct transfer *transfer) {
  CURLcode code;
  if (transfer_is_asking(transfer, &code))
    return;
  if (code == CURLE_OK && !hand_to_libcurl(engine, transfer))
    code = CURLE_OUT_OF_MEMORY;
  if (code != CURLE_OK)
    conclude(engine, transfer, code);
}

void course_collect_names(struct engine *engine) {
  for (size_t i = 0; i < engine->pool.count; i++)
    if (engine->pool.transfers[i].lookup.name != NULL)
      collect_name(engine, &engine->pool.transfers[i]);
}

void course_collect(struct engine *engine, CURL *easy, CURLcode code) {
  struct transfer *transfer = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  if (transfer_wants_name(transfer)) {
    curl_multi_remove_handle(engine->multi, easy);
    transfer_ask(transfer);
    collect_name(engine, transfer);
  } else {
    conclude(engine, transfer, code);
  }
}
