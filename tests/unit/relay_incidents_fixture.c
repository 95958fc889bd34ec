#include "relay_incidents_fixture.h"

#include <math.h>
#include <stdint.h>

struct unit_relay unit;
struct relay_incidents relay;
struct network_watch network;
struct incident_change change;

double started_before = -1;

struct moment at(double seconds) {
  return (struct moment){usec_of(seconds), WALL + seconds};
}

void start(void) {
  unit_relay_init(&unit);
  network = (struct network_watch){.relays = 4};
  ck_assert(relay_incidents_init(&relay, &unit.relay));
  relay.network = &network;
}

void stop(void) { relay_incidents_free(&relay); }

void record(double seconds, size_t probe, enum problem problem,
            enum fault fault, double wait) {
  const struct incident_result result = {
      .problem = problem,
      .fault = fault,
      .started =
          started_before >= 0 ? usec_of(started_before) : usec_of(seconds),
      .wait = usec_of(wait)};
  change = relay_incidents_record(&relay, probe, &result, at(seconds));
}

void fails_with(double seconds, size_t probe, enum problem problem) {
  record(seconds, probe, problem,
         problem == PROBLEM_NETWORK ? FAULT_NETWORK : FAULT_RELAY, 0);
}

void fails(double seconds, size_t probe) {
  fails_with(seconds, probe, PROBLEM_ERROR);
}

void works(double seconds, size_t probe) {
  record(seconds, probe, PROBLEM_NONE, FAULT_NONE, 0);
}

void tick(double seconds) {
  change = relay_incidents_tick(&relay, usec_of(seconds));
}

enum vote vote(size_t probe) { return relay_incidents_vote(&relay, probe); }

double deadline(void) {
  usec when = relay_incidents_deadline(&relay);
  return when == INT64_MAX ? INFINITY : seconds_of(when);
}

void all_work(double seconds) {
  for (size_t i = 0; i < 3; i++)
    works(seconds, i);
}

void assert_votes(enum vote models, enum vote billing, enum vote chat) {
  ck_assert_int_eq(vote(UNIT_MODELS), models);
  ck_assert_int_eq(vote(UNIT_BILLING), billing);
  ck_assert_int_eq(vote(UNIT_CHAT), chat);
}

void break_models(double from) {
  fails(from, UNIT_MODELS);
  works(from + 1, UNIT_BILLING);
  works(from + 1, UNIT_CHAT);
  fails(from + 6, UNIT_MODELS);
  ck_assert_int_eq(vote(UNIT_MODELS), VOTE_FAILS);
}
