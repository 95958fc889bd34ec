/* The incidents of a relay's probes together, and the votes on them. */
#include "relay_incidents_fixture.h"

/* --- votes -----------------------------------------------------------------
 */

START_TEST(test_no_vote_before_a_probe_works_or_fails_for_certain) {
  start();
  assert_votes(VOTE_NONE, VOTE_NONE, VOTE_NONE);
  works(0, UNIT_MODELS);
  ck_assert(change.votes);
  fails(0, UNIT_CHAT);
  ck_assert(!change.votes);
  assert_votes(VOTE_WORKS, VOTE_NONE, VOTE_NONE);
  works(1, UNIT_MODELS);
  ck_assert(!change.votes);
  stop();
}
END_TEST

START_TEST(test_turns_when_the_others_have_answered) {
  start();
  all_work(0);
  fails(10, UNIT_MODELS);
  works(10.2, UNIT_BILLING);
  works(11, UNIT_CHAT);
  fails(12, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_WORKS);
  fails(16, UNIT_MODELS);
  assert_votes(VOTE_FAILS, VOTE_WORKS, VOTE_WORKS);
  ck_assert(change.votes);
  ck_assert_int_eq(change.event, INCIDENT_BEGAN);
  ck_assert_double_eq(relay.since.wall, WALL + 10);
  stop();
}
END_TEST

/* An answer that was on its way when the first one failed is from before. */
START_TEST(test_earlier_request_is_no_answer) {
  start();
  all_work(0);
  fails(10, UNIT_MODELS);
  works(10.2, UNIT_BILLING);
  started_before = 9.9;
  works(10.3, UNIT_CHAT);
  started_before = -1;
  fails(16, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_WORKS);
  fails(16.5, UNIT_CHAT);
  tick(17);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_WORKS);
  fails(22.5, UNIT_CHAT);
  assert_votes(VOTE_FAILS, VOTE_WORKS, VOTE_FAILS);
  stop();
}
END_TEST

START_TEST(test_votes_turn_together) {
  start();
  all_work(0);
  for (size_t i = 0; i < 3; i++)
    fails(10 + 0.3 * (double)i, i);
  fails(16, UNIT_MODELS);
  fails(16.3, UNIT_BILLING);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_WORKS);
  ck_assert_double_eq_tol(deadline(), 17.6, 1e-6);
  fails(16.6, UNIT_CHAT);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_BEGAN);
  stop();
}
END_TEST

/* A completion may take half a minute to fail. */
START_TEST(test_does_not_wait_for_what_is_in_flight) {
  start();
  all_work(0);
  fails(10, UNIT_MODELS);
  fails(10.2, UNIT_BILLING);
  fails(16, UNIT_MODELS);
  fails(16.2, UNIT_BILLING);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_WORKS);
  tick(17.1);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_WORKS);
  ck_assert_double_eq_tol(deadline(), 17.2, 1e-6);
  tick(17.2);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_WORKS);
  ck_assert_int_eq(change.event, INCIDENT_BEGAN);
  stop();
}
END_TEST

START_TEST(test_does_not_wait_for_one_after_another) {
  start();
  all_work(0);
  fails(10, UNIT_MODELS);
  fails(16, UNIT_MODELS);
  fails(16.5, UNIT_BILLING);
  fails(22, UNIT_CHAT);
  ck_assert_double_eq_tol(deadline(), 24, 1e-6);
  tick(24);
  assert_votes(VOTE_FAILS, VOTE_WORKS, VOTE_WORKS);
  stop();
}
END_TEST

START_TEST(test_does_not_wait_for_what_is_held_back) {
  start();
  all_work(0);
  relay_incidents_suppress(&relay, UNIT_BILLING, usec_of(5));
  record(6, UNIT_CHAT, PROBLEM_RATE_LIMITED, FAULT_ACCOUNT, 21);
  fails(10, UNIT_MODELS);
  fails(16, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  stop();
}
END_TEST

START_TEST(test_long_wait_turns_when_the_others_have_answered) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_RATE_LIMITED, FAULT_ACCOUNT, 60);
  works(10.2, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_CHAT), VOTE_WORKS);
  works(10.4, UNIT_BILLING);
  ck_assert_int_eq(vote(UNIT_CHAT), VOTE_FAILS);
  stop();
}
END_TEST

START_TEST(test_vote_is_latched_until_the_end) {
  start();
  all_work(0);
  break_models(10);
  works(20, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  ck_assert_double_eq(deadline(), 80);
  tick(80);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_WORKS);
  ck_assert_int_eq(change.event, INCIDENT_ENDED);
  ck_assert(change.votes);
  ck_assert_double_eq(relay.recovered.wall, WALL + 20);
  stop();
}
END_TEST

/* --- limits ----------------------------------------------------------------
 */

START_TEST(test_suppressed_probe_has_no_vote) {
  start();
  all_work(0);
  change = relay_incidents_suppress(&relay, UNIT_MODELS, usec_of(5));
  ck_assert(change.votes);
  assert_votes(VOTE_NONE, VOTE_WORKS, VOTE_WORKS);
  works(10, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_WORKS);
  stop();
}
END_TEST

START_TEST(test_suppressed_incident_keeps_its_vote_for_two_intervals) {
  start();
  all_work(0);
  break_models(10);
  relay_incidents_suppress(&relay, UNIT_MODELS, usec_of(20));
  relay_incidents_suppress(&relay, UNIT_MODELS, usec_of(30));
  double end = 20 + 2 * seconds_of(unit.probes[UNIT_MODELS].interval);
  ck_assert_double_eq(deadline(), end);
  tick(end - 0.1);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  tick(end);
  ck_assert(change.votes);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_NONE);
  ck_assert_double_eq(deadline(), INFINITY);
  fails(200, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  stop();
}
END_TEST

START_TEST(test_suppressed_vote_counts_five_minutes_at_most) {
  start();
  relay.probes[UNIT_MODELS].interval = usec_of(3600);
  all_work(0);
  break_models(10);
  relay_incidents_suppress(&relay, UNIT_MODELS, usec_of(20));
  ck_assert_double_eq(deadline(), 320);
  stop();
}
END_TEST

/* It waits as the relay asked, and does not know what happens meanwhile. */
START_TEST(test_waiting_probe_has_no_vote_once_the_others_fail) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_RATE_LIMITED, FAULT_ACCOUNT, 300);
  works(10.2, UNIT_MODELS);
  works(10.2, UNIT_BILLING);
  fails(20, UNIT_MODELS);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_FAILS);
  fails(20, UNIT_BILLING);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_NONE);
  ck_assert(change.votes);
  fails(26, UNIT_MODELS);
  fails(26, UNIT_BILLING);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_NONE);
  works(310, UNIT_CHAT);
  ck_assert_int_eq(vote(UNIT_CHAT), VOTE_FAILS);
  tick(370);
  ck_assert_int_eq(vote(UNIT_CHAT), VOTE_WORKS);
  stop();
}
END_TEST

/* That another endpoint fails does not mean that the account has quota. */
START_TEST(test_waiting_probe_keeps_its_vote_while_another_works) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_QUOTA, FAULT_ACCOUNT, 300);
  works(10.2, UNIT_MODELS);
  works(10.2, UNIT_BILLING);
  break_models(20);
  assert_votes(VOTE_FAILS, VOTE_WORKS, VOTE_FAILS);
  stop();
}
END_TEST

/* Its answer came while they failed. */
START_TEST(test_waiting_probe_keeps_its_vote_if_the_others_failed_before) {
  start();
  all_work(0);
  for (double t = 10; t <= 40; t += 6) {
    fails(t, UNIT_MODELS);
    fails(t, UNIT_BILLING);
    if (t == 16)
      record(17, UNIT_CHAT, PROBLEM_RATE_LIMITED, FAULT_ACCOUNT, 300);
  }
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_FAILS);
  stop();
}
END_TEST

/* The relay answers, and refuses more than it did. */
START_TEST(test_waiting_probe_keeps_its_vote_if_the_account_fails) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_QUOTA, FAULT_ACCOUNT, 300);
  for (double t = 20; t <= 26; t += 6)
    for (size_t i = UNIT_MODELS; i <= UNIT_BILLING; i++)
      record(t, i, PROBLEM_ERROR, FAULT_ACCOUNT, 0);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_FAILS);
  stop();
}
END_TEST

/* The vote does not go to and fro with them. */
START_TEST(test_waiting_probe_has_its_vote_again_when_another_works) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_QUOTA, FAULT_ACCOUNT, 300);
  for (double t = 20; t <= 26; t += 6) {
    fails(t, UNIT_MODELS);
    fails(t, UNIT_BILLING);
  }
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_NONE);
  works(30, UNIT_MODELS);
  fails(40, UNIT_MODELS);
  works(50, UNIT_MODELS);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_NONE);
  tick(110);
  assert_votes(VOTE_WORKS, VOTE_FAILS, VOTE_FAILS);
  ck_assert(change.votes);
  stop();
}
END_TEST

/* All endpoints may say the same. */
START_TEST(test_waiting_probe_keeps_its_vote_if_the_others_fail_alike) {
  start();
  all_work(0);
  record(10, UNIT_CHAT, PROBLEM_ERROR, FAULT_RELAY, 300);
  for (double t = 20; t <= 26; t += 6) {
    fails(t, UNIT_MODELS);
    fails(t, UNIT_BILLING);
  }
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_FAILS);
  stop();
}
END_TEST

/* --- the union -------------------------------------------------------------
 */

START_TEST(test_relay_incident_is_the_union) {
  start();
  all_work(0);
  break_models(10);
  fails(30, UNIT_CHAT);
  works(31, UNIT_BILLING);
  fails(36, UNIT_CHAT);
  ck_assert_int_eq(vote(UNIT_CHAT), VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  works(40, UNIT_MODELS);
  tick(100);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  works(120, UNIT_CHAT);
  tick(180);
  ck_assert_int_eq(change.event, INCIDENT_ENDED);
  ck_assert_double_eq(relay.recovered.wall, WALL + 120);
  ck_assert(relay.probes[UNIT_MODELS].involved);
  ck_assert(!relay.probes[UNIT_BILLING].involved);
  stop();
}
END_TEST

START_TEST(test_damped_incident_says_since_when) {
  start();
  all_work(0);
  break_models(10);
  ck_assert_double_eq(relay.on_and_off_since, 0);
  works(20, UNIT_MODELS);
  tick(80);
  break_models(100);
  ck_assert_int_eq(change.event, INCIDENT_BEGAN);
  ck_assert_double_eq(relay.on_and_off_since, WALL + 10);
  ck_assert_double_eq(relay.since.wall, WALL + 100);
  stop();
}
END_TEST

START_TEST(test_resumed_incident_has_a_vote_after_one_result) {
  start();
  relay_incidents_resume(&relay, UNIT_MODELS, PROBLEM_ERROR, usec_of(60),
                         at(-100), 0);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_NONE);
  fails(1, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  works(10, UNIT_MODELS);
  tick(70);
  ck_assert_int_eq(change.event, INCIDENT_ENDED);
  ck_assert_double_eq(relay.since.wall, WALL - 100);
  stop();
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "relay_incidents", test_no_vote_before_a_probe_works_or_fails_for_certain,
      test_turns_when_the_others_have_answered,
      test_earlier_request_is_no_answer, test_votes_turn_together,
      test_does_not_wait_for_what_is_in_flight,
      test_does_not_wait_for_one_after_another,
      test_does_not_wait_for_what_is_held_back,
      test_long_wait_turns_when_the_others_have_answered,
      test_vote_is_latched_until_the_end, test_suppressed_probe_has_no_vote,
      test_suppressed_incident_keeps_its_vote_for_two_intervals,
      test_suppressed_vote_counts_five_minutes_at_most,
      test_waiting_probe_has_no_vote_once_the_others_fail,
      test_waiting_probe_keeps_its_vote_while_another_works,
      test_waiting_probe_keeps_its_vote_if_the_others_failed_before,
      test_waiting_probe_keeps_its_vote_if_the_account_fails,
      test_waiting_probe_has_its_vote_again_when_another_works,
      test_waiting_probe_keeps_its_vote_if_the_others_fail_alike,
      test_relay_incident_is_the_union, test_damped_incident_says_since_when,
      test_resumed_incident_has_a_vote_after_one_result);
}
