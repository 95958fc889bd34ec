/* The incident of one probe: each rule by which it begins, is named and ends.
 */
#include "state/incident.h"

#include "unit.h"

#include <stdint.h>

/* Seconds of both clocks; the wall clock started earlier. */
#define WALL 1000000.0

static struct incident incident;

static struct moment at(double seconds) {
  return (struct moment){usec_of(seconds), WALL + seconds};
}

static void start(void) { incident_init(&incident, usec_of(10)); }

static void fails(double seconds, enum problem problem) {
  incident_fail(&incident, problem, 0, at(seconds));
}

static void works(double seconds) { incident_succeed(&incident, at(seconds)); }

static bool ends_at(double seconds) {
  return incident_tick(&incident, usec_of(seconds));
}

/* Down from `from` on: certain, and open. */
static void break_at(double from, enum problem problem) {
  fails(from, problem);
  fails(from + 5, problem);
  ck_assert_int_eq(incident.phase, INCIDENT_CERTAIN);
  incident_open(&incident);
}

/* --- its beginning ------------------------------------------------------- */

START_TEST(test_one_failure_is_not_certain) {
  start();
  fails(0, PROBLEM_ERROR);
  ck_assert_int_eq(incident.phase, INCIDENT_FAILING);
  works(1);
  ck_assert_int_eq(incident.phase, INCIDENT_NONE);
}
END_TEST

START_TEST(test_two_failures_span_five_seconds) {
  start();
  fails(0, PROBLEM_ERROR);
  fails(2, PROBLEM_ERROR);
  fails(4.9, PROBLEM_ERROR);
  ck_assert_int_eq(incident.phase, INCIDENT_FAILING);
  fails(5, PROBLEM_ERROR);
  ck_assert_int_eq(incident.phase, INCIDENT_CERTAIN);
  ck_assert_double_eq(incident.began.wall, WALL);
}
END_TEST

START_TEST(test_success_between_failures_starts_anew) {
  start();
  fails(0, PROBLEM_ERROR);
  works(3);
  fails(6, PROBLEM_ERROR);
  ck_assert_int_eq(incident.phase, INCIDENT_FAILING);
  ck_assert_double_eq(incident.began.wall, WALL + 6);
}
END_TEST

START_TEST(test_long_wait_is_certain_at_once) {
  start();
  incident_fail(&incident, PROBLEM_RATE_LIMITED, usec_of(20), at(0));
  ck_assert_int_eq(incident.phase, INCIDENT_FAILING);
  start();
  incident_fail(&incident, PROBLEM_RATE_LIMITED, usec_of(21), at(0));
  ck_assert_int_eq(incident.phase, INCIDENT_CERTAIN);
}
END_TEST

/* Nobody was told. */
START_TEST(test_success_before_it_opens_forgets_it) {
  start();
  fails(0, PROBLEM_ERROR);
  fails(6, PROBLEM_ERROR);
  works(7);
  ck_assert_int_eq(incident.phase, INCIDENT_NONE);
}
END_TEST

/* --- its name ------------------------------------------------------------ */

START_TEST(test_name_before_it_opens_is_the_last) {
  start();
  fails(0, PROBLEM_ERROR);
  fails(5, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_KEY);
  ck_assert_double_eq(incident.began.wall, WALL);
}
END_TEST

/* The names of one outage: whichever comes first stays. */
START_TEST(test_first_name_of_an_outage_stays) {
  const enum problem names[] = {PROBLEM_ERROR, PROBLEM_NETWORK,
                                PROBLEM_TIMEOUT};
  for (unsigned i = 0; i < COUNT_OF(names); i++) {
    start();
    fails(0, names[i]);
    fails(5, names[(i + 1) % 3]);
    incident_open(&incident);
    for (int n = 1; n < 20; n++)
      fails(5 + 10 * n, names[(i + 2) % 3]);
    ck_assert_int_eq(incident.problem, names[i]);
    ck_assert_double_eq(incident.began.wall, WALL);
  }
}
END_TEST

START_TEST(test_another_problem_begins_another_incident) {
  start();
  break_at(0, PROBLEM_ERROR);
  fails(100, PROBLEM_KEY);
  fails(115, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_ERROR);
  fails(130, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_KEY);
  ck_assert_double_eq(incident.began.wall, WALL + 100);
  ck_assert_int_eq(incident.phase, INCIDENT_OPEN);
}
END_TEST

START_TEST(test_another_problem_takes_thirty_seconds) {
  start();
  break_at(0, PROBLEM_ERROR);
  for (int i = 0; i < 15; i++)
    fails(100 + 2 * i, PROBLEM_KEY);
  fails(129.9, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_ERROR);
}
END_TEST

START_TEST(test_another_problem_takes_three_results) {
  start();
  break_at(0, PROBLEM_ERROR);
  fails(100, PROBLEM_KEY);
  fails(160, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_ERROR);
}
END_TEST

START_TEST(test_another_problem_is_one_in_a_row) {
  start();
  break_at(0, PROBLEM_ERROR);
  for (int i = 0; i < 20; i++)
    fails(100 + 20 * i, i % 3 == 2 ? PROBLEM_TIMEOUT : PROBLEM_KEY);
  for (int i = 0; i < 20; i++)
    fails(600 + 20 * i, i % 2 == 0 ? PROBLEM_QUOTA : PROBLEM_KEY);
  works(990);
  fails(1000, PROBLEM_KEY);
  fails(1020, PROBLEM_KEY);
  works(1030);
  fails(1040, PROBLEM_KEY);
  ck_assert_int_eq(incident.problem, PROBLEM_ERROR);
  ck_assert_double_eq(incident.began.wall, WALL);
}
END_TEST

/* Two answers by turns are not an incident each. */
START_TEST(test_another_problem_takes_longer_each_time) {
  start();
  break_at(0, PROBLEM_ERROR);
  unsigned names = 0;
  for (unsigned i = 0; i < 3600 / 10; i++) {
    enum problem before = incident.problem;
    fails(10 + 10 * i, i / 6 % 2 == 0 ? PROBLEM_KEY : PROBLEM_QUOTA);
    names += incident.problem != before;
  }
  ck_assert_uint_eq(names, 1);
  start();
  break_at(0, PROBLEM_ERROR);
  fails(100, PROBLEM_KEY);
  fails(115, PROBLEM_KEY);
  fails(130, PROBLEM_KEY);
  fails(200, PROBLEM_QUOTA);
  fails(230, PROBLEM_QUOTA);
  fails(259, PROBLEM_QUOTA);
  ck_assert_int_eq(incident.problem, PROBLEM_KEY);
  fails(260, PROBLEM_QUOTA);
  ck_assert_int_eq(incident.problem, PROBLEM_QUOTA);
}
END_TEST

/* --- its end ------------------------------------------------------------- */

START_TEST(test_ends_after_a_minute_without_failures) {
  start();
  break_at(0, PROBLEM_ERROR);
  ck_assert(incident_deadline(&incident) == INT64_MAX);
  ck_assert(!ends_at(1000));
  works(1000);
  works(1010);
  ck_assert(incident_deadline(&incident) == usec_of(1060));
  ck_assert(!ends_at(1059.9));
  ck_assert(ends_at(1060));
  ck_assert_int_eq(incident.phase, INCIDENT_NONE);
  ck_assert(!ends_at(1061));
}
END_TEST

START_TEST(test_failure_starts_the_minute_anew) {
  start();
  break_at(0, PROBLEM_ERROR);
  works(100);
  fails(150, PROBLEM_ERROR);
  ck_assert(!ends_at(1000));
  works(1000);
  ck_assert(!ends_at(1059));
  ck_assert(ends_at(1060));
}
END_TEST

START_TEST(test_long_interval_ends_when_confirmed) {
  incident_init(&incident, usec_of(300));
  break_at(0, PROBLEM_ERROR);
  ck_assert(!incident_wants_confirmation(&incident));
  works(300);
  ck_assert(incident_wants_confirmation(&incident));
  ck_assert(!ends_at(599));
  works(302);
  ck_assert(!incident_wants_confirmation(&incident));
  ck_assert(ends_at(302));
}
END_TEST

START_TEST(test_short_interval_needs_no_confirmation) {
  incident_init(&incident, usec_of(60));
  break_at(0, PROBLEM_ERROR);
  works(60);
  ck_assert(!incident_wants_confirmation(&incident));
  ck_assert(ends_at(120));
}
END_TEST

/* --- damping ------------------------------------------------------------- */

/* Ends it after a good spell that began at `from`, at the earliest moment. */
static usec end_from(double from) {
  works(from);
  usec end = incident_deadline(&incident);
  ck_assert(incident_tick(&incident, end));
  return end - usec_of(from);
}

START_TEST(test_again_within_half_an_hour_holds_twice_as_long) {
  start();
  break_at(0, PROBLEM_ERROR);
  ck_assert(!incident_is_damped(&incident));
  ck_assert(end_from(10) == usec_of(60));
  break_at(71, PROBLEM_ERROR);
  ck_assert(incident_is_damped(&incident));
  ck_assert_double_eq(incident.on_and_off_since, WALL);
  ck_assert(end_from(80) == usec_of(120));
  break_at(201, PROBLEM_ERROR);
  ck_assert(end_from(210) == usec_of(240));
  ck_assert_double_eq(incident.on_and_off_since, WALL);
}
END_TEST

/* So that a good spell of the same length does not end it. */
START_TEST(test_again_holds_longer_than_the_good_spell) {
  start();
  break_at(0, PROBLEM_ERROR);
  end_from(10);
  break_at(210, PROBLEM_ERROR);
  ck_assert(end_from(220) == usec_of(300));
}
END_TEST

START_TEST(test_holds_a_quarter_of_an_hour_at_most) {
  start();
  break_at(0, PROBLEM_ERROR);
  end_from(10);
  break_at(1200, PROBLEM_ERROR);
  ck_assert(end_from(1210) == usec_of(900));
}
END_TEST

START_TEST(test_after_half_an_hour_it_is_a_new_one) {
  start();
  break_at(0, PROBLEM_ERROR);
  end_from(10);
  break_at(70 + 1800, PROBLEM_ERROR);
  ck_assert(incident_is_damped(&incident));
  start();
  break_at(0, PROBLEM_ERROR);
  end_from(10);
  break_at(70 + 1801, PROBLEM_ERROR);
  ck_assert(!incident_is_damped(&incident));
  ck_assert(end_from(1900) == usec_of(60));
}
END_TEST

/* A blip is no incident, but ends a good spell. */
START_TEST(test_blip_shortens_the_good_spell) {
  start();
  break_at(0, PROBLEM_ERROR);
  end_from(10);
  fails(400, PROBLEM_ERROR);
  works(402);
  break_at(500, PROBLEM_ERROR);
  ck_assert(end_from(510) == usec_of((500 - 402) * 1.5));
}
END_TEST

START_TEST(test_damped_with_long_interval_waits_as_well) {
  incident_init(&incident, usec_of(300));
  break_at(0, PROBLEM_ERROR);
  works(300);
  works(302);
  ck_assert(ends_at(302));
  break_at(600, PROBLEM_ERROR);
  works(900);
  works(902);
  ck_assert(!ends_at(902));
  ck_assert(incident_deadline(&incident) == usec_of(900 + 450));
}
END_TEST

/* --- what is not its own ------------------------------------------------- */

START_TEST(test_disregarded_failures_mean_nothing) {
  start();
  fails(0, PROBLEM_NETWORK);
  fails(5, PROBLEM_NETWORK);
  incident_disregard(&incident);
  ck_assert_int_eq(incident.phase, INCIDENT_NONE);
  break_at(10, PROBLEM_ERROR);
  works(20);
  incident_disregard(&incident);
  ck_assert_int_eq(incident.phase, INCIDENT_OPEN);
  ck_assert(!ends_at(1000));
}
END_TEST

START_TEST(test_resumed_one_is_open) {
  start();
  incident_resume(&incident, PROBLEM_KEY, usec_of(240), at(-100), WALL - 900);
  ck_assert_int_eq(incident.phase, INCIDENT_OPEN);
  ck_assert_int_eq(incident.problem, PROBLEM_KEY);
  ck_assert_double_eq(incident.began.wall, WALL - 100);
  ck_assert(incident_is_damped(&incident));
  ck_assert(end_from(10) == usec_of(240));
}
END_TEST

/* Whoever wrote the file. */
START_TEST(test_resumed_hold_is_limited) {
  start();
  incident_resume(&incident, PROBLEM_KEY, INT64_MAX, at(0), 0);
  ck_assert(end_from(10) == usec_of(900));
  start();
  incident_resume(&incident, PROBLEM_KEY, 0, at(0), 0);
  ck_assert(end_from(10) == usec_of(60));
}
END_TEST

/* Whatever happens, it only begins when certain and ends when it has been
 * good for long enough. */
START_TEST(test_random_course) {
  start();
  double now = 0, last_failure = 0;
  for (int i = 0; i < 100000; i++) {
    now += (double)unit_random(40) + 0.5;
    enum incident_phase before = incident.phase;
    if (incident_tick(&incident, usec_of(now)))
      UNIT_ASSERT(now - last_failure >= 60 && before == INCIDENT_OPEN);
    if (unit_random(4) == 0) {
      fails(now, PROBLEM_NETWORK + (enum problem)unit_random(3));
      last_failure = now;
    } else if (unit_random(10) != 0) {
      works(now);
    }
    if (incident.phase == INCIDENT_CERTAIN)
      incident_open(&incident);
    UNIT_ASSERT(
        incident.phase != INCIDENT_OPEN ||
        (incident.hold >= usec_of(60) && incident.hold <= usec_of(900)));
  }
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "incident", test_one_failure_is_not_certain,
      test_two_failures_span_five_seconds,
      test_success_between_failures_starts_anew,
      test_long_wait_is_certain_at_once,
      test_success_before_it_opens_forgets_it,
      test_name_before_it_opens_is_the_last, test_first_name_of_an_outage_stays,
      test_another_problem_begins_another_incident,
      test_another_problem_takes_thirty_seconds,
      test_another_problem_takes_three_results,
      test_another_problem_is_one_in_a_row,
      test_another_problem_takes_longer_each_time,
      test_ends_after_a_minute_without_failures,
      test_failure_starts_the_minute_anew,
      test_long_interval_ends_when_confirmed,
      test_short_interval_needs_no_confirmation,
      test_again_within_half_an_hour_holds_twice_as_long,
      test_again_holds_longer_than_the_good_spell,
      test_holds_a_quarter_of_an_hour_at_most,
      test_after_half_an_hour_it_is_a_new_one,
      test_blip_shortens_the_good_spell,
      test_damped_with_long_interval_waits_as_well,
      test_disregarded_failures_mean_nothing, test_resumed_one_is_open,
      test_resumed_hold_is_limited, test_random_course);
}
