/* No probe starts too early, or too late, or never; and each ends. */
#include "invariants.h"

#include "engine/schedule.h"
#include "probe/probe_kind.h"

static const usec minute = 60 * (usec)USEC_PER_SEC;
static const usec hour = 3600 * (usec)USEC_PER_SEC;

/* A relay that asks for more is not heeded. */
static const double retry_after_max = 6 * 3600;

/* The probe's turn that comes next after a start: half an interval later, at
 * least. */
static usec turn_after(const struct watched_probe *probe, usec time) {
  usec interval = probe->settings->interval;
  usec turns = (time + interval / 2 - probe->phase) / interval;
  return probe->phase + (turns + 1) * interval;
}

/* Hosts that share a probe agree by the wall clock whose turn it is. */
static void follow_clock(const struct invariants *watch,
                         struct watched_probe *probe, usec now) {
  double wall = virtual_clock_wall(&watch->host->clock, now);
  if (probe->settings->share > 1)
    probe->phase = schedule_monotonic_phase(
        probe->shared_phase, probe->settings->interval, now, wall);
}

/* RetryInterval, then twice that, and so on, but never more than the interval.
 */
static usec delay_of(const struct watched_probe *probe) {
  usec delay = probe->relay->retry_interval;
  for (unsigned i = 1; i < probe->failures && delay < probe->settings->interval;
       i++)
    delay *= 2;
  return delay < probe->settings->interval ? delay : probe->settings->interval;
}

static usec later(usec a, usec b) { return a > b ? a : b; }
static usec sooner(usec a, usec b) { return a < b ? a : b; }

static bool is_capped(const struct watched_probe *probe) {
  return probe->settings->max_cost_per_day > 0;
}

/* A completion with a limit waits for the disk before it is sent, from its
 * start on, which is not seen: by so much it may have been earlier. The text
 * before may have to be written first, and the disk has five seconds for each.
 */
static usec unseen(const struct invariants *watch,
                   const struct watched_probe *probe) {
  if (!is_capped(probe))
    return 0;
  bool slow = invariants_has(watch, EVENT_WRITER_DELAY, 0);
  usec wait = slow ? 11 * (usec)USEC_PER_SEC : 50000;
  const struct virtual_clock *clock = &watch->host->clock;
  if (clock->standstill_count > 0) /* a tick may end so much sooner */
    wait += engine_tick_length(&watch->host->settings) / 8;
  for (size_t i = 0; i < clock->standstill_count; i++) {
    const struct standstill *one = &clock->standstills[i];
    if (one->to > probe->started - wait && one->from < probe->started)
      wait += one->to - one->from;
  }
  return wait;
}

/* --- the beginning -------------------------------------------------------- */

void invariants_schedule_open(struct invariants *watch,
                              struct watched_probe *probe) {
  probe->deadline = watch->host->clock.now;
  for (unsigned i = 0; i < TRIGGERS_MAX; i++)
    probe->triggers[i] = -hour;
}

/* Whether the wall clock is stepped between the two. */
static bool is_stepped(const struct invariants *watch, usec from, usec to) {
  const struct virtual_clock *clock = &watch->host->clock;
  double shown =
      virtual_clock_wall(clock, to) - virtual_clock_wall(clock, from);
  usec off = usec_of(shown) - (to - from);
  return off < -1000 || off > 1000;
}

/* When the next one may start, without another probe's change. A shared one's
 * turn was another one before a step, but not sooner than any turn. */
static usec earliest(const struct invariants *watch,
                     const struct watched_probe *probe) {
  usec started = probe->started - unseen(watch, probe);
  usec turn = turn_after(probe, started);
  if (probe->settings->share > 1 && is_stepped(watch, started, probe->started))
    turn = started + probe->settings->interval / 2;
  return probe->failures > 0 ? sooner(turn, started + delay_of(probe)) : turn;
}

static void check_early(struct invariants *watch, struct watched_probe *probe,
                        usec now) {
  if (now < probe->not_before)
    invariants_fail(watch, probe, "retry-after",
                    "%.6f s before the relay's end",
                    seconds_of(probe->not_before - now));
  if (!probe->was_started || now >= earliest(watch, probe))
    return;
  if (probe->sibling < probe->started - unseen(watch, probe))
    invariants_fail(watch, probe, "early",
                    "%.6f s before its time, %.6f s after the last start",
                    seconds_of(earliest(watch, probe) - now),
                    seconds_of(now - probe->started));
  if (probe_kind_has(probe->settings->kind, PROBE_USES_TOKENS) &&
      now - probe->triggers[probe->trigger] < hour)
    invariants_fail(watch, probe, "triggers",
                    "for the eleventh time within an hour");
  probe->triggers[probe->trigger] = now;
  probe->trigger = (probe->trigger + 1) % TRIGGERS_MAX;
}

/* Limits of the user's own put a start off. */
static bool is_limited(const struct watched_probe *probe) {
  return is_capped(probe) || probe->relay->max_requests > 0;
}

/* One that may wait for the disk, which is not seen, may have a connection. */
static bool is_full(const struct invariants *watch) {
  size_t taken = 0;
  for (size_t r = 0; r < watch->relay_count; r++) {
    const struct watched_relay *relay = &watch->relays[r];
    for (size_t i = 0; i < relay->settings->probe_count; i++)
      taken += relay->probes[i].in_flight || is_capped(&relay->probes[i]);
  }
  return taken >= watch->host->settings.max_connections;
}

/* What a lack of connections put off starts with the next that is free. */
static usec deadline_of(const struct invariants *watch,
                        const struct watched_probe *probe) {
  return invariants_tolerance(watch, later(probe->deadline, watch->full));
}

static void check_late(struct invariants *watch,
                       const struct watched_probe *probe, usec now) {
  if (!is_limited(probe) && !is_full(watch) && now > deadline_of(watch, probe))
    invariants_fail(watch, probe, "late", "%.6f s after its time",
                    seconds_of(now - probe->deadline));
}

void invariants_schedule_started(struct invariants *watch,
                                 struct watched_probe *probe) {
  usec now = watch->host->clock.now;
  if (probe->in_flight)
    invariants_fail(watch, probe, "twice", "it is in flight already");
  check_early(watch, probe, now);
  check_late(watch, probe, now);
  follow_clock(watch, probe, now);
  probe->was_started = probe->in_flight = true;
  probe->started = now;
}

/* --- the end -------------------------------------------------------------- */

static void plan(struct watched_probe *probe) {
  usec turn = turn_after(probe, probe->started);
  while (turn <= probe->ended)
    turn += probe->settings->interval;
  usec retry = later(probe->ended, probe->started + delay_of(probe));
  probe->deadline = probe->failures > 0 ? sooner(turn, retry) : turn;
  if (delay_of(probe) < probe->settings->interval && probe->failures > 0)
    probe->deadline = retry;
  probe->deadline = later(probe->deadline, probe->not_before);
}

static void wait_for(struct watched_probe *probe,
                     const struct http_result *http, usec now) {
  if ((http->http_status == 429 || http->http_status == 503) &&
      http->retry_after > 0 && http->retry_after <= retry_after_max)
    probe->not_before = now + usec_of(http->retry_after);
}

/* What is down, and what is back, is to be known of the whole relay. */
static void tell_siblings(struct watched_relay *relay,
                          const struct watched_probe *probe, usec now) {
  for (size_t i = 0; i < relay->settings->probe_count; i++)
    if (&relay->probes[i] != probe)
      relay->probes[i].sibling = now;
}

/* Whether a relay can be reached tells of the network of the others. */
static void tell_relays(struct invariants *watch, struct watched_relay *relay,
                        bool unreachable, usec now) {
  bool changed = unreachable != relay->unreachable;
  relay->unreachable = unreachable;
  for (size_t r = 0; r < watch->relay_count && changed; r++)
    if (&watch->relays[r] != relay)
      tell_siblings(&watch->relays[r], NULL, now);
}

void invariants_schedule_ended(struct invariants *watch,
                               struct watched_relay *relay,
                               struct watched_probe *probe,
                               const struct probe_result *result) {
  usec now = watch->host->clock.now;
  bool failed = result->cause != CAUSE_OK, had_failed = probe->failures > 0;
  bool anew = watch->lost_at > 0 && probe->ended <= watch->lost_at;
  if (is_full(watch))
    watch->full = now;
  probe->in_flight = false;
  probe->ended = now;
  probe->failures = failed ? probe->failures + 1 : 0;
  wait_for(probe, &result->http, now);
  plan(probe);
  if (failed != had_failed)
    tell_siblings(relay, probe, now);
  /* It is confirmed; the failures may be those of the run before. Once more if
   * the network was lost in between. */
  if ((had_failed || anew || watch->host->entry->keep) && !failed &&
      probe->settings->interval > minute)
    probe->sibling = now;
  bool cut_off = result->fault == FAULT_NETWORK;
  if (result->http.attempted &&
      (!cut_off || !probe->cut_off || relay->unreachable))
    tell_relays(watch, relay, cut_off, now);
  if (result->http.attempted)
    probe->cut_off = cut_off;
}

/* --- in between ----------------------------------------------------------- */

usec invariants_end_of_flight(const struct invariants *watch,
                              const struct watched_probe *probe) {
  const struct virtual_clock *clock = &watch->host->clock;
  usec end = probe->requested + probe->timeout;
  for (size_t i = 0; i < clock->standstill_count; i++) {
    const struct standstill *one = &clock->standstills[i];
    if (one->from < end && one->to > probe->requested)
      end += one->to - one->from;
  }
  return invariants_tolerance(watch, end) + 2000;
}

static bool is_held(const struct relay_state *state, size_t index) {
  const struct probe_state *probe = &state->probes[index];
  return probe->cause == CAUSE_SUPPRESSED;
}

/* A window that opens within a moment is waited for. */
static void check_waiting(struct invariants *watch, struct watched_probe *probe,
                          bool held, usec now) {
  usec wait = unseen(watch, probe);
  if (probe->relay->max_requests > 0)
    wait += sooner(probe->settings->interval / 10, USEC_PER_SEC);
  if (is_full(watch) || now <= deadline_of(watch, probe) + wait)
    return;
  if (held) {
    follow_clock(watch, probe, now);
    probe->deadline = turn_after(probe, now);
  } else {
    invariants_fail(watch, probe, "never", "it is %.6f s overdue",
                    seconds_of(now - probe->deadline));
  }
}

void invariants_schedule_check(struct invariants *watch,
                               struct watched_relay *relay,
                               const struct relay_state *state) {
  usec now = watch->host->clock.now;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    struct watched_probe *probe = &relay->probes[i];
    if (!probe->in_flight)
      check_waiting(watch, probe, is_held(state, i), now);
    else if (now > invariants_end_of_flight(watch, probe))
      invariants_fail(watch, probe, "endless", "in flight since %.6f s",
                      seconds_of(now - probe->started));
  }
}
