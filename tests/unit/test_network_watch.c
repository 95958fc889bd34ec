/* What a host says of its relays when its own network is in doubt or lost. */
#include "relay_incidents_fixture.h"

#include <math.h>
#include <stdint.h>

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
      "network_watch", test_no_vote_in_doubt,
      test_earlier_request_does_not_settle_a_doubt,
      test_doubt_ends_without_answers, test_votes_turn_when_the_doubt_is_over,
      test_lost_with_half_of_the_relays_and_two,
      test_one_relay_is_never_the_network, test_votes_come_back_one_by_one,
      test_network_that_comes_and_goes_is_lost_once,
      test_lost_network_is_no_incident,
      test_open_incident_outlasts_a_lost_network);
}
