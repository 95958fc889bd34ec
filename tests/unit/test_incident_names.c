/* What the incidents of a relay's probes are called. */
#include "relay_incidents_fixture.h"

START_TEST(test_key_that_completions_are_answered_with_is_not_at_fault) {
  start();
  all_work(0);
  fails_with(10, UNIT_BILLING, PROBLEM_KEY);
  works(11, UNIT_CHAT);
  works(11, UNIT_MODELS);
  fails_with(16, UNIT_BILLING, PROBLEM_KEY);
  ck_assert_int_eq(relay.problem, PROBLEM_ERROR);
  stop();
}
END_TEST

/* They may be asked before it is refused, and may fail afterwards. */
START_TEST(test_key_was_not_at_fault_and_completions_fail) {
  start();
  started_before = 10;
  fails_with(10.2, UNIT_BILLING, PROBLEM_KEY);
  works(10.9, UNIT_CHAT);
  started_before = -1;
  works(11, UNIT_MODELS);
  fails_with(16, UNIT_BILLING, PROBLEM_KEY);
  ck_assert_int_eq(relay.problem, PROBLEM_ERROR);
  for (double t = 20; t < 100; t += 10) {
    fails(t, UNIT_CHAT);
    fails_with(t, UNIT_BILLING, PROBLEM_KEY);
  }
  ck_assert_int_eq(relay.probes[UNIT_BILLING].incident.problem, PROBLEM_ERROR);
  stop();
}
END_TEST

static void resume(size_t probe, enum problem problem) {
  relay_incidents_resume(&relay, probe, problem, usec_of(60), at(-100), 0);
}

START_TEST(test_key_that_was_not_at_fault_before_a_restart) {
  start();
  resume(UNIT_BILLING, PROBLEM_ERROR);
  resume(UNIT_CHAT, PROBLEM_ERROR);
  for (double t = 1; t < 100; t += 10) {
    fails(t, UNIT_CHAT);
    fails_with(t, UNIT_BILLING, PROBLEM_KEY);
  }
  ck_assert_int_eq(relay.probes[UNIT_BILLING].incident.problem, PROBLEM_ERROR);
  for (double t = 100; t < 200; t += 10) {
    fails_with(t, UNIT_CHAT, PROBLEM_KEY);
    fails_with(t, UNIT_BILLING, PROBLEM_KEY);
  }
  ck_assert_int_eq(relay.problem, PROBLEM_KEY);
  stop();
}
END_TEST

/* Without completions there is nothing to tell by. */
START_TEST(test_key_refused_after_a_restart_without_completions) {
  start();
  relay.probes[UNIT_CHAT].uses_tokens = false;
  resume(UNIT_BILLING, PROBLEM_ERROR);
  for (double t = 1; t < 100; t += 10)
    fails_with(t, UNIT_BILLING, PROBLEM_KEY);
  ck_assert_int_eq(relay.problem, PROBLEM_KEY);
  stop();
}
END_TEST

/* The list of models may be public. */
START_TEST(test_key_that_another_endpoint_takes_may_be_at_fault) {
  start();
  all_work(0);
  fails_with(10, UNIT_BILLING, PROBLEM_KEY);
  works(11, UNIT_MODELS);
  fails_with(16, UNIT_BILLING, PROBLEM_KEY);
  tick(20);
  ck_assert_int_eq(vote(UNIT_BILLING), VOTE_FAILS);
  ck_assert_int_eq(relay.problem, PROBLEM_KEY);
  stop();
}
END_TEST

/* What a completion got before means nothing. */
START_TEST(test_key_that_is_refused_everywhere) {
  start();
  all_work(0);
  for (size_t i = 0; i < 3; i++)
    fails_with(10 + (double)i, i, PROBLEM_KEY);
  for (size_t i = 0; i < 3; i++)
    fails_with(16 + (double)i, i, PROBLEM_KEY);
  ck_assert_int_eq(relay.problem, PROBLEM_KEY);
  for (size_t i = 0; i < 3; i++)
    ck_assert_int_eq(relay.probes[i].incident.problem, PROBLEM_KEY);
  stop();
}
END_TEST

START_TEST(test_relay_is_called_after_the_worst) {
  start();
  all_work(0);
  fails_with(10, UNIT_MODELS, PROBLEM_CONTENT);
  works(10.2, UNIT_BILLING);
  works(10.9, UNIT_CHAT);
  fails_with(16, UNIT_MODELS, PROBLEM_CONTENT);
  ck_assert_int_eq(relay.problem, PROBLEM_CONTENT);
  fails_with(30, UNIT_CHAT, PROBLEM_TIMEOUT);
  works(30, UNIT_BILLING);
  fails_with(36, UNIT_CHAT, PROBLEM_TIMEOUT);
  ck_assert_int_eq(change.event, INCIDENT_CHANGED);
  ck_assert_int_eq(relay.problem, PROBLEM_TIMEOUT);
  fails_with(40, UNIT_BILLING, PROBLEM_ERROR);
  fails_with(46, UNIT_BILLING, PROBLEM_ERROR);
  ck_assert_int_eq(vote(UNIT_BILLING), VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  ck_assert_int_eq(relay.problem, PROBLEM_TIMEOUT);
  ck_assert_double_eq(relay.since.wall, WALL + 10);
  stop();
}
END_TEST

int main(void) {
  return UNIT_RUN("incident_names",
                  test_key_that_completions_are_answered_with_is_not_at_fault,
                  test_key_was_not_at_fault_and_completions_fail,
                  test_key_that_was_not_at_fault_before_a_restart,
                  test_key_refused_after_a_restart_without_completions,
                  test_key_that_another_endpoint_takes_may_be_at_fault,
                  test_key_that_is_refused_everywhere,
                  test_relay_is_called_after_the_worst);
}
