/* The incidents of a relay's probes together, and what a host whose own network
 * is lost says of them. */
#include "state/relay_incidents.h"

#include "unit.h"

#include <math.h>
#include <stdint.h>

#define WALL 1000000.0

static struct unit_relay unit;
static struct relay_incidents relay;
static struct network_watch network;
static struct incident_change change;

static struct moment at(double seconds) {
  return (struct moment){usec_of(seconds), WALL + seconds};
}

static void start(void) {
  unit_relay_init(&unit);
  network = (struct network_watch){.relays = 4};
  ck_assert(relay_incidents_init(&relay, &unit.relay));
  relay.network = &network;
}

static void stop(void) { relay_incidents_free(&relay); }

/* When the next results were asked for; below 0: just then. */
static double started_before = -1;

static void record(double seconds, size_t probe, enum problem problem,
                   enum fault fault, double wait) {
  const struct incident_result result = {
      .problem = problem,
      .fault = fault,
      .started =
          started_before >= 0 ? usec_of(started_before) : usec_of(seconds),
      .wait = usec_of(wait)};
  change = relay_incidents_record(&relay, probe, &result, at(seconds));
}

static void fails_with(double seconds, size_t probe, enum problem problem) {
  record(seconds, probe, problem,
         problem == PROBLEM_NETWORK ? FAULT_NETWORK : FAULT_RELAY, 0);
}

static void fails(double seconds, size_t probe) {
  fails_with(seconds, probe, PROBLEM_ERROR);
}

static void works(double seconds, size_t probe) {
  record(seconds, probe, PROBLEM_NONE, FAULT_NONE, 0);
}

static void tick(double seconds) {
  change = relay_incidents_tick(&relay, usec_of(seconds));
}

static enum vote vote(size_t probe) {
  return relay_incidents_vote(&relay, probe);
}

static double deadline(void) {
  usec when = relay_incidents_deadline(&relay);
  return when == INT64_MAX ? INFINITY : seconds_of(when);
}

static void all_work(double seconds) {
  for (size_t i = 0; i < 3; i++)
    works(seconds, i);
}

static void assert_votes(enum vote models, enum vote billing, enum vote chat) {
  ck_assert_int_eq(vote(UNIT_MODELS), models);
  ck_assert_int_eq(vote(UNIT_BILLING), billing);
  ck_assert_int_eq(vote(UNIT_CHAT), chat);
}

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

static void break_models(double from) {
  fails(from, UNIT_MODELS);
  works(from + 1, UNIT_BILLING);
  works(from + 1, UNIT_CHAT);
  fails(from + 6, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
}

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

/* --- names -----------------------------------------------------------------
 */

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

/* --- this host's network ----------------------------------------------------
 */

/* The other relays. */
static struct relay_reach others[3];

static bool reach(double seconds, struct relay_reach *which, bool unreachable) {
  bool changed = network_watch_record(
      &network, which, unreachable,
      usec_of(started_before >= 0 ? started_before : seconds), at(seconds));
  if (changed)
    change = relay_incidents_network_changed(&relay, usec_of(seconds));
  return changed;
}

static void start_network(void) {
  start();
  for (size_t i = 0; i < COUNT_OF(others); i++)
    others[i] = (struct relay_reach){0};
  all_work(0);
}

START_TEST(test_no_vote_in_doubt) {
  start_network();
  ck_assert(reach(10, &relay.reach, true));
  fails_with(10, UNIT_MODELS, PROBLEM_NETWORK);
  assert_votes(VOTE_NONE, VOTE_NONE, VOTE_NONE);
  ck_assert(!reach(10.2, &others[0], false));
  ck_assert(!reach(10.3, &others[0], false));
  ck_assert(!reach(10.4, &others[1], false));
  ck_assert(reach(10.5, &others[2], false));
  ck_assert_int_eq(network.state, NETWORK_FINE);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_WORKS);
  stop();
}
END_TEST

START_TEST(test_earlier_request_does_not_settle_a_doubt) {
  start_network();
  network.relays = 2;
  reach(10, &relay.reach, true);
  started_before = 9.9;
  ck_assert(!reach(10.1, &others[0], false));
  started_before = -1;
  ck_assert(reach(10.3, &others[0], true));
  ck_assert_int_eq(network.state, NETWORK_LOST);
  stop();
}
END_TEST

START_TEST(test_doubt_ends_without_answers) {
  start_network();
  reach(10, &relay.reach, true);
  ck_assert(network_watch_deadline(&network) == usec_of(22));
  ck_assert(!network_watch_tick(&network, usec_of(21.9)));
  ck_assert(network_watch_tick(&network, usec_of(22)));
  ck_assert_int_eq(network.state, NETWORK_FINE);
  ck_assert(network_watch_deadline(&network) == INT64_MAX);
  stop();
}
END_TEST

/* What had become certain meanwhile. */
START_TEST(test_votes_turn_when_the_doubt_is_over) {
  start_network();
  reach(10, &relay.reach, true);
  for (size_t i = 0; i < 3; i++)
    fails_with(10, i, PROBLEM_NETWORK);
  for (size_t i = 0; i < 3; i++)
    fails_with(16, i, PROBLEM_NETWORK);
  assert_votes(VOTE_NONE, VOTE_NONE, VOTE_NONE);
  ck_assert_int_eq(change.event, INCIDENT_NO_EVENT);
  ck_assert_double_eq(deadline(), INFINITY);
  for (size_t i = 0; i < 3; i++)
    reach(17, &others[i], false);
  assert_votes(VOTE_FAILS, VOTE_FAILS, VOTE_FAILS);
  ck_assert_int_eq(change.event, INCIDENT_BEGAN);
  stop();
}
END_TEST

START_TEST(test_lost_with_half_of_the_relays_and_two) {
  start_network();
  reach(10, &others[0], true);
  ck_assert(reach(10.2, &others[1], true));
  ck_assert_int_eq(network.state, NETWORK_LOST);
  ck_assert_double_eq(network.since.wall, WALL + 10);
  assert_votes(VOTE_NONE, VOTE_NONE, VOTE_NONE);
  stop();
  start_network();
  network.relays = 5;
  reach(10, &others[0], true);
  ck_assert(!reach(10.2, &others[1], true));
  ck_assert(reach(10.2, &others[2], true));
  ck_assert_int_eq(network.state, NETWORK_LOST);
  stop();
}
END_TEST

START_TEST(test_one_relay_is_never_the_network) {
  start_network();
  network.relays = 1;
  ck_assert(!reach(10, &relay.reach, true));
  ck_assert_int_eq(network.state, NETWORK_FINE);
  network = (struct network_watch){.relays = 2};
  relay.reach = (struct relay_reach){0};
  reach(10, &relay.reach, true);
  reach(11, &others[0], false);
  ck_assert_int_eq(network.state, NETWORK_FINE);
  stop();
}
END_TEST

static void lose_network(double when) {
  reach(when, &others[0], true);
  reach(when, &others[1], true);
  ck_assert_int_eq(network.state, NETWORK_LOST);
}

/* It was back at `found`, and is after a few seconds. */
static void find_network(double found) {
  ck_assert_int_eq(network.state, NETWORK_LOST);
  ck_assert(network_watch_deadline(&network) == usec_of(found + 5));
  ck_assert(!network_watch_tick(&network, usec_of(found + 4.9)));
  ck_assert(network_watch_tick(&network, usec_of(found + 5)));
  ck_assert_int_eq(network.state, NETWORK_FINE);
  ck_assert_double_eq(network.found.wall, WALL + found);
  change = relay_incidents_network_changed(&relay, usec_of(found + 5));
}

/* Each vote comes back when its probe was tried again. */
START_TEST(test_votes_come_back_one_by_one) {
  start_network();
  lose_network(10);
  ck_assert(change.votes);
  reach(60, &others[0], false);
  works(61, UNIT_BILLING);
  assert_votes(VOTE_NONE, VOTE_NONE, VOTE_NONE);
  find_network(60);
  assert_votes(VOTE_NONE, VOTE_WORKS, VOTE_NONE);
  ck_assert(change.votes);
  works(66, UNIT_MODELS);
  fails(66, UNIT_CHAT);
  assert_votes(VOTE_WORKS, VOTE_WORKS, VOTE_NONE);
  stop();
}
END_TEST

START_TEST(test_network_that_comes_and_goes_is_lost_once) {
  start_network();
  lose_network(10);
  for (double t = 20; t < 100; t += 4) {
    ck_assert(!reach(t, &others[0], false));
    ck_assert(!reach(t + 1, &others[0], true));
    network_watch_tick(&network, usec_of(t + 2));
    ck_assert_int_eq(network.state, NETWORK_LOST);
  }
  ck_assert(network_watch_deadline(&network) == INT64_MAX);
  stop();
}
END_TEST

START_TEST(test_lost_network_is_no_incident) {
  start_network();
  reach(9, &relay.reach, true);
  fails_with(9, UNIT_MODELS, PROBLEM_NETWORK);
  lose_network(10);
  for (double t = 11; t < 100; t += 10)
    fails_with(t, UNIT_MODELS, PROBLEM_NETWORK);
  reach(100, &others[0], false);
  reach(100, &others[1], false);
  find_network(100);
  fails_with(106, UNIT_MODELS, PROBLEM_NETWORK);
  ck_assert_int_eq(relay.probes[UNIT_MODELS].incident.phase, INCIDENT_FAILING);
  ck_assert_double_eq(relay.probes[UNIT_MODELS].incident.began.wall,
                      WALL + 106);
  stop();
}
END_TEST

START_TEST(test_open_incident_outlasts_a_lost_network) {
  start_network();
  break_models(10);
  works(20, UNIT_MODELS);
  lose_network(30);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_NONE);
  tick(200);
  ck_assert(relay.open);
  reach(210, &others[0], false);
  works(211, UNIT_MODELS);
  find_network(210);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
  tick(271);
  ck_assert_int_eq(change.event, INCIDENT_ENDED);
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
      test_key_that_completions_are_answered_with_is_not_at_fault,
      test_key_was_not_at_fault_and_completions_fail,
      test_key_that_was_not_at_fault_before_a_restart,
      test_key_refused_after_a_restart_without_completions,
      test_key_that_another_endpoint_takes_may_be_at_fault,
      test_key_that_is_refused_everywhere, test_relay_is_called_after_the_worst,
      test_relay_incident_is_the_union, test_damped_incident_says_since_when,
      test_resumed_incident_has_a_vote_after_one_result, test_no_vote_in_doubt,
      test_earlier_request_does_not_settle_a_doubt,
      test_doubt_ends_without_answers, test_votes_turn_when_the_doubt_is_over,
      test_lost_with_half_of_the_relays_and_two,
      test_one_relay_is_never_the_network, test_votes_come_back_one_by_one,
      test_network_that_comes_and_goes_is_lost_once,
      test_lost_network_is_no_incident,
      test_open_incident_outlasts_a_lost_network);
}
