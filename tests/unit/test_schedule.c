#include "engine/event_limit.h"
#include "engine/schedule.h"

#include "unit.h"

#include <stdio.h>

enum { SECOND = USEC_PER_SEC };

static struct schedule schedule;

/* Starts at 1000 s, which is on the probe's phase. */
static void begin(usec interval, usec retry) {
  schedule_init(&schedule, interval, retry, 0, 1000 * (usec)SECOND);
  schedule_start(&schedule, 1000 * (usec)SECOND);
}

static void at_turn(usec when) {
  UNIT_ASSERT((when - schedule.phase) % schedule.interval == 0);
}

/* --- phases -------------------------------------------------------------- */

START_TEST(test_phase_is_kept) {
  usec phase = schedule_phase("host", "main", "endpoint=models", 60 * SECOND);
  ck_assert_int_eq(
      schedule_phase("host", "main", "endpoint=models", 60 * SECOND), phase);
  ck_assert_int_ne(
      schedule_phase("other", "main", "endpoint=models", 60 * SECOND), phase);
  ck_assert_int_ne(
      schedule_phase("host", "other", "endpoint=models", 60 * SECOND), phase);
  ck_assert_int_ne(
      schedule_phase("host", "main", "endpoint=billing", 60 * SECOND), phase);
  ck_assert_int_ne(schedule_phase("ab", "c", "d", 60 * SECOND),
                   schedule_phase("a", "bc", "d", 60 * SECOND));
}
END_TEST

/* A fleet does not probe in step: of 10,000 hosts, about a tenth falls into
 * each tenth of the interval. */
static void check_spread(usec interval) {
  unsigned tenths[10] = {0};
  for (unsigned i = 0; i < 10000; i++) {
    char host[32];
    snprintf(host, sizeof host, "web-%04u.example.net", i);
    usec phase = schedule_phase(host, "main", "endpoint=models", interval);
    UNIT_ASSERT(phase >= 0 && phase < interval);
    tenths[phase * 10 / interval]++;
  }
  for (unsigned i = 0; i < 10; i++) {
    ck_assert_uint_gt(tenths[i], 850);
    ck_assert_uint_lt(tenths[i], 1150);
  }
}

START_TEST(test_phases_are_spread) {
  check_spread(SECOND / 10);
  check_spread(10 * SECOND);
  check_spread(86400 * (usec)SECOND);
}
END_TEST

/* --- turns ---------------------------------------------------------------- */

START_TEST(test_first_probe_is_due_at_once) {
  schedule_init(&schedule, 60 * SECOND, 10 * SECOND, 7, 1234);
  ck_assert_int_eq(schedule.due, 1234);
  ck_assert(!schedule.in_flight);
}
END_TEST

/* Whenever a probe starts, even just after boot, the next turn is at its phase,
 * half an interval to one and a half later. */
START_TEST(test_next_due_time) {
  for (unsigned round = 0; round < 100000; round++) {
    usec interval = SECOND / 10 + unit_random(100 * SECOND);
    usec phase = unit_random((unsigned)interval);
    usec now = unit_random(1000) * (usec)unit_random(1000 * 1000);
    schedule_init(&schedule, interval, SECOND, phase, now);
    schedule_start(&schedule, now);
    schedule_finish(&schedule, now + 1, false);
    at_turn(schedule.due);
    UNIT_ASSERT(schedule.due > now + interval / 2);
    UNIT_ASSERT(schedule.due <= now + interval / 2 + interval);
  }
}
END_TEST

/* Each start is slightly late; the turns do not move. */
START_TEST(test_no_drift) {
  const usec interval = 10 * SECOND, phase = 3 * SECOND;
  schedule_init(&schedule, interval, SECOND, phase, 0);
  schedule_start(&schedule, 0);
  schedule_finish(&schedule, SECOND, false);
  usec turn = schedule.due;
  for (unsigned round = 0; round < 1000; round++) {
    ck_assert_int_eq(schedule.due, turn);
    usec now = turn + unit_random(4 * SECOND);
    schedule_start(&schedule, now);
    schedule_finish(&schedule, now + unit_random(SECOND), false);
    turn += interval;
  }
}
END_TEST

/* Nor do they during a long outage. */
START_TEST(test_no_drift_during_failures) {
  begin(10 * SECOND, 10 * SECOND);
  for (unsigned round = 1; round <= 1000; round++) {
    schedule_finish(&schedule, schedule.started + SECOND, true);
    ck_assert_int_eq(schedule.due, (1000 + 10 * (usec)round) * SECOND);
    schedule_start(&schedule, schedule.due + unit_random(5000));
  }
}
END_TEST

/* --- after a failure ----------------------------------------------------- */

START_TEST(test_retry_delay_doubles_up_to_the_interval) {
  static const usec waits[] = {10, 20, 40, 80, 160};
  begin(300 * SECOND, 10 * SECOND);
  for (size_t i = 0; i < COUNT_OF(waits); i++) {
    usec started = schedule.started;
    schedule_finish(&schedule, started + SECOND, true);
    ck_assert_uint_eq(schedule.failures, i + 1);
    ck_assert_int_eq(schedule.due - started, waits[i] * SECOND);
    schedule_start(&schedule, schedule.due);
  }
  for (unsigned i = 0; i < 3; i++) {
    schedule_finish(&schedule, schedule.started + SECOND, true);
    at_turn(schedule.due);
    ck_assert_int_le(schedule.due, schedule.started + 300 * SECOND);
    schedule_start(&schedule, schedule.due);
  }
}
END_TEST

START_TEST(test_retry_interval_above_the_interval) {
  begin(10 * SECOND, 3600 * (usec)SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, true);
  ck_assert_int_eq(schedule.due, schedule.started + 10 * SECOND);
}
END_TEST

/* However it failed, the next probe is never more than an interval away. */
START_TEST(test_delay_never_exceeds_the_interval) {
  for (unsigned round = 0; round < 20000; round++) {
    usec interval = SECOND + unit_random(100 * SECOND);
    usec phase = unit_random((unsigned)interval);
    usec now = unit_random(1000 * SECOND);
    schedule_init(&schedule, interval, SECOND + unit_random(100 * SECOND),
                  phase, now);
    for (unsigned failure = 0; failure < 10; failure++) {
      usec length = unit_random((unsigned)interval);
      schedule_start(&schedule, now);
      schedule_count_missed(&schedule, now + length);
      schedule_finish(&schedule, now + length, true);
      UNIT_ASSERT(schedule.due <= now + interval);
      UNIT_ASSERT(schedule.due >= now + length);
      now = schedule.due;
    }
  }
}
END_TEST

START_TEST(test_success_ends_the_backoff) {
  begin(60 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, true);
  schedule_start(&schedule, schedule.due);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  ck_assert_uint_eq(schedule.failures, 0);
  at_turn(schedule.due);
  schedule_start(&schedule, schedule.due);
  schedule_finish(&schedule, schedule.started + SECOND, true);
  ck_assert_int_eq(schedule.due, schedule.started + 10 * SECOND);
}
END_TEST

/* If a retry took longer than the next delay, the next one is due at once. */
START_TEST(test_long_failure) {
  begin(60 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + 30 * SECOND, true);
  ck_assert_int_eq(schedule.due, schedule.started + 30 * SECOND);
}
END_TEST

START_TEST(test_endless_failures) {
  begin(86400 * (usec)SECOND, SECOND / 10);
  for (unsigned i = 0; i < 10000; i++) {
    schedule_finish(&schedule, schedule.started + 1, true);
    UNIT_ASSERT(schedule.due > schedule.started);
    schedule_start(&schedule, schedule.due);
  }
  schedule.failures = (unsigned)-2;
  schedule_finish(&schedule, schedule.started + 1, true);
  ck_assert_int_gt(schedule.due, schedule.started);
}
END_TEST

/* --- turns that are skipped ---------------------------------------------- */

START_TEST(test_missed_turns_while_in_flight) {
  begin(10 * SECOND, 10 * SECOND);
  usec started = schedule.started;
  ck_assert_uint_eq(schedule_count_missed(&schedule, started + 9 * SECOND), 0);
  ck_assert_uint_eq(schedule_count_missed(&schedule, started + 10 * SECOND), 1);
  ck_assert_uint_eq(schedule_count_missed(&schedule, started + 10 * SECOND), 0);
  ck_assert_uint_eq(schedule_count_missed(&schedule, started + 35 * SECOND), 2);
  schedule_finish(&schedule, started + 35 * SECOND, true);
  ck_assert_int_eq(schedule.due, started + 35 * SECOND);
}
END_TEST

START_TEST(test_slow_success_keeps_the_phase) {
  begin(10 * SECOND, 10 * SECOND);
  usec started = schedule.started;
  schedule_count_missed(&schedule, started + 15 * SECOND);
  schedule_finish(&schedule, started + 15 * SECOND, false);
  ck_assert_int_eq(schedule.due, started + 20 * SECOND);
}
END_TEST

/* A probe that waits for a connection still runs its latest turn. */
START_TEST(test_missed_turns_while_waiting) {
  begin(10 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  usec turn = schedule.due;
  ck_assert_uint_eq(schedule_count_missed(&schedule, turn), 0);
  ck_assert_uint_eq(schedule_count_missed(&schedule, turn + 9 * SECOND), 0);
  ck_assert_uint_eq(schedule_count_missed(&schedule, turn + 25 * SECOND), 2);
  ck_assert_int_eq(schedule.due, turn + 20 * SECOND);
}
END_TEST

/* --- deferral ------------------------------------------------------------- */

/* The relay sent Retry-After: no turn, retry or trigger comes before it
 * expires. */
START_TEST(test_not_due_while_deferred) {
  begin(10 * SECOND, SECOND);
  usec started = schedule.started, until = started + 33 * SECOND;
  schedule_finish(&schedule, started + SECOND, true);
  ck_assert_int_eq(schedule_next(&schedule), started + SECOND);
  schedule_defer(&schedule, until);
  ck_assert_int_eq(schedule_next(&schedule), until);
  schedule_trigger(&schedule, started + SECOND);
  ck_assert_int_eq(schedule_next(&schedule), until);
  schedule_resync(&schedule, started + 5 * SECOND);
  ck_assert_int_eq(schedule_next(&schedule), until);
  ck_assert_uint_eq(schedule_count_missed(&schedule, until), 2);
  ck_assert_int_eq(schedule_next(&schedule), until);
  schedule_start(&schedule, until);
  ck_assert_int_eq(schedule.due, started + 40 * SECOND);
}
END_TEST

/* A deferral that ends before the next turn has no effect. */
START_TEST(test_short_deferral) {
  begin(10 * SECOND, 10 * SECOND);
  usec started = schedule.started;
  schedule_finish(&schedule, started + SECOND, false);
  schedule_defer(&schedule, started + 2 * SECOND);
  ck_assert_int_eq(schedule_next(&schedule), started + 10 * SECOND);
  schedule_start(&schedule, started + 10 * SECOND);
  schedule_finish(&schedule, started + 11 * SECOND, false);
  ck_assert_int_eq(schedule_next(&schedule), started + 20 * SECOND);
}
END_TEST

/* A skipped probe waits for its next turn and is not caught up. */
START_TEST(test_skipped_probes) {
  begin(10 * SECOND, 10 * SECOND);
  usec started = schedule.started;
  schedule_finish(&schedule, started + SECOND, false);
  for (usec turn = started + 10 * SECOND; turn < started + 100 * SECOND;
       turn += 10 * SECOND) {
    ck_assert_int_eq(schedule_next(&schedule), turn);
    schedule_skip(&schedule, turn + SECOND / 10);
    at_turn(schedule.due);
  }
}
END_TEST

/* The very first probe and a retry may be skipped too. */
START_TEST(test_skipped_first_probe_and_retry) {
  usec now = 1003 * (usec)SECOND;
  schedule_init(&schedule, 10 * SECOND, SECOND, 0, now);
  schedule_skip(&schedule, now);
  ck_assert_int_eq(schedule_next(&schedule), 1010 * (usec)SECOND);
  begin(10 * SECOND, SECOND);
  schedule_finish(&schedule, schedule.started + SECOND / 2, true);
  schedule_skip(&schedule, schedule_next(&schedule));
  ck_assert_int_eq(schedule_next(&schedule), schedule.started + 10 * SECOND);
}
END_TEST

/* A triggered probe that was skipped is not run later. */
START_TEST(test_skipped_trigger_is_dropped) {
  begin(60 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  schedule_trigger(&schedule, schedule.started + 5 * SECOND);
  schedule_skip(&schedule, schedule.started + 5 * SECOND);
  schedule_start(&schedule, schedule_next(&schedule));
  ck_assert(!schedule.triggered);
}
END_TEST

/* A run that is moved a little waits from the first time on, until it is
 * started or skipped: being moved again does not prolong that. */
START_TEST(test_postponed_again) {
  begin(10 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  const usec due = schedule_next(&schedule);
  for (unsigned i = 0; i < 3; i++) {
    usec now = due + i * SECOND / 10;
    schedule_postpone(&schedule, now, now + SECOND / 10);
    ck_assert(schedule.postponed);
    ck_assert_int_eq(schedule.postponed_since, due);
    ck_assert_int_eq(schedule_next(&schedule), now + SECOND / 10);
  }
  schedule_skip(&schedule, schedule_next(&schedule));
  ck_assert(!schedule.postponed);
  const usec next = schedule_next(&schedule);
  schedule_postpone(&schedule, next, next + 1);
  ck_assert_int_eq(schedule.postponed_since, next);
  schedule_start(&schedule, next + 1);
  ck_assert(!schedule.postponed);
}
END_TEST

/* --- triggers ------------------------------------------------------------- */

START_TEST(test_trigger_is_sooner) {
  begin(60 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  usec when = schedule.started + 5 * SECOND;
  schedule_trigger(&schedule, when);
  ck_assert_int_eq(schedule.due, when);
  schedule_trigger(&schedule, when + SECOND);
  ck_assert_int_eq(schedule.due, when);
  schedule_start(&schedule, when);
  ck_assert(schedule.triggered);
  schedule_finish(&schedule, when + SECOND, false);
  schedule_start(&schedule, schedule.due);
  ck_assert(!schedule.triggered);
}
END_TEST

START_TEST(test_trigger_keeps_an_earlier_due_time) {
  begin(10 * SECOND, 10 * SECOND);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  usec turn = schedule.due;
  schedule_trigger(&schedule, turn + 1);
  ck_assert_int_eq(schedule.due, turn);
  schedule_start(&schedule, turn);
  ck_assert(!schedule.triggered);
}
END_TEST

/* It was sent before the change, so it must run again. */
START_TEST(test_trigger_in_flight_reruns) {
  begin(60 * SECOND, 10 * SECOND);
  usec started = schedule.started;
  schedule_trigger(&schedule, started + SECOND);
  ck_assert(schedule.in_flight);
  ck_assert(!schedule.triggered);
  schedule_finish(&schedule, started + 2 * SECOND, false);
  ck_assert_int_eq(schedule.due, started + 2 * SECOND);
  schedule_start(&schedule, schedule.due);
  ck_assert(schedule.triggered);
  schedule_finish(&schedule, started + 3 * SECOND, false);
  ck_assert_int_gt(schedule.due, started + 30 * SECOND);
}
END_TEST

/* --- stalls --------------------------------------------------------------- */

/* After a stall, overdue probes run within ten seconds, spread out. */
START_TEST(test_no_burst_after_a_stall) {
  const usec now = 5000 * (usec)SECOND;
  unsigned seconds[10] = {0};
  for (unsigned i = 0; i < 1000; i++) {
    char relay[32];
    snprintf(relay, sizeof relay, "relay-%u", i);
    usec phase = schedule_phase("host", relay, "endpoint=models", 60 * SECOND);
    schedule_init(&schedule, 60 * SECOND, 10 * SECOND, phase, SECOND);
    schedule_resync(&schedule, now);
    ck_assert_int_ge(schedule.due, now);
    ck_assert_int_lt(schedule.due, now + 10 * SECOND);
    seconds[(schedule.due - now) / SECOND]++;
  }
  for (unsigned i = 0; i < 10; i++)
    ck_assert_uint_lt(seconds[i], 150);
}
END_TEST

/* If each stall postponed it again, it might never start. */
START_TEST(test_consecutive_stalls) {
  schedule_init(&schedule, 60 * SECOND, 10 * SECOND, 6 * SECOND, SECOND);
  schedule_resync(&schedule, 10 * SECOND);
  usec due = schedule.due;
  ck_assert_int_eq(due, 16 * SECOND);
  schedule_resync(&schedule, 17 * SECOND);
  ck_assert_int_eq(schedule.due, due);
  schedule_start(&schedule, 17 * SECOND);
  schedule_finish(&schedule, 18 * SECOND, false);
  due = schedule.due;
  schedule_resync(&schedule, due + SECOND);
  ck_assert_int_eq(schedule.due, due + 7 * SECOND);
}
END_TEST

START_TEST(test_stall_with_short_intervals) {
  schedule_init(&schedule, SECOND, SECOND, SECOND - 1, SECOND);
  schedule_resync(&schedule, 100 * SECOND);
  ck_assert_int_eq(schedule.due, 101 * SECOND - 1);
}
END_TEST

START_TEST(test_stall_does_not_affect_other_probes) {
  begin(60 * SECOND, 10 * SECOND);
  usec turn = schedule.due;
  schedule_resync(&schedule, turn + SECOND); /* in flight */
  ck_assert_int_eq(schedule.due, turn);
  schedule_finish(&schedule, schedule.started + SECOND, false);
  schedule_resync(&schedule, turn - 1); /* not due yet */
  ck_assert_int_eq(schedule.due, turn);
}
END_TEST

/* --- event limits --------------------------------------------------------- */

START_TEST(test_event_limit) {
  struct event_limit quota = {.used = 0};
  const usec span = 3600 * (usec)SECOND;
  for (unsigned i = 0; i < EVENT_LIMIT_MAX; i++)
    ck_assert(event_limit_below(&quota, i * (usec)SECOND, span));
  ck_assert(!event_limit_below(&quota, EVENT_LIMIT_MAX * SECOND, span));
  ck_assert(!event_limit_below(&quota, span - 1, span));
  ck_assert(event_limit_below(&quota, span, span));
  ck_assert(!event_limit_below(&quota, span, span));
  ck_assert(event_limit_below(&quota, span + SECOND, span));
}
END_TEST

/* Never more events than allowed in any span. */
START_TEST(test_event_limit_in_any_span) {
  struct event_limit quota = {.used = 0};
  const usec span = 100;
  usec taken[5000];
  size_t count = 0;
  for (usec now = 0; now < 5000; now += unit_random(8))
    if (event_limit_below(&quota, now, span))
      taken[count++] = now;
  ck_assert_uint_gt(count, 400);
  for (size_t i = EVENT_LIMIT_MAX; i < count; i++)
    ck_assert_int_ge(taken[i] - taken[i - EVENT_LIMIT_MAX], span);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "schedule", test_phase_is_kept, test_phases_are_spread,
      test_first_probe_is_due_at_once, test_next_due_time, test_no_drift,
      test_no_drift_during_failures,
      test_retry_delay_doubles_up_to_the_interval,
      test_retry_interval_above_the_interval,
      test_delay_never_exceeds_the_interval, test_success_ends_the_backoff,
      test_long_failure, test_endless_failures,
      test_missed_turns_while_in_flight, test_slow_success_keeps_the_phase,
      test_missed_turns_while_waiting, test_not_due_while_deferred,
      test_short_deferral, test_skipped_probes,
      test_skipped_first_probe_and_retry, test_skipped_trigger_is_dropped,
      test_postponed_again, test_trigger_is_sooner,
      test_trigger_keeps_an_earlier_due_time, test_trigger_in_flight_reruns,
      test_no_burst_after_a_stall, test_consecutive_stalls,
      test_stall_with_short_intervals, test_stall_does_not_affect_other_probes,
      test_event_limit, test_event_limit_in_any_span);
}
