/* What is reported: each incident of a relay once, and each suppression. */
#include "state/report.h"

#include "unit.h"

#include <string.h>

static struct unit_relay unit;
static struct relay_state relay;
static struct report report;

static void setup(void) {
  unit_relay_init(&unit);
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
}

static bool end_with(enum cause cause, bool resumed) {
  struct probe_result result = {.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result.http);
  struct state_change change = state_record(&relay, 0, &result, 1010);
  change.resumed = resumed;
  return report_result(&report, &relay, 0, &result, &change);
}

START_TEST(test_single_results_are_not_reported) {
  setup();
  ck_assert(!end_with(CAUSE_OK, false));
  ck_assert(!end_with(CAUSE_DNS, false));
  ck_assert(!end_with(CAUSE_KEY_REJECTED, false));
  ck_assert(!end_with(CAUSE_OK, false));
  state_free(&relay);
}
END_TEST

/* After a reported suppression. */
START_TEST(test_end_of_suppression_is_reported) {
  setup();
  ck_assert(!end_with(CAUSE_OK, false));
  state_suppress(&relay, 0, REASON_RATE_LIMIT, 1020);
  report_suppression(&report, &relay, 0, REASON_RATE_LIMIT);
  ck_assert_int_eq(report.notification.cause, CAUSE_SUPPRESSED);
  ck_assert_int_eq(report.notification.severity, SEVERITY_WARNING);
  ck_assert_ptr_nonnull(strstr(report.line, ": suppressed: "));
  ck_assert(!end_with(CAUSE_DNS, true));
  ck_assert(end_with(CAUSE_OK, true));
  ck_assert_int_eq(report.notification.severity, SEVERITY_OKAY);
  ck_assert_ptr_nonnull(strstr(report.line, "no longer suppressed"));
  state_free(&relay);
}
END_TEST

static enum incident_event fails(size_t probe, enum cause cause, double now) {
  struct probe_result result = {.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result.http);
  state_record(&relay, probe, &result, now);
  const struct incident_result outcome = {
      .problem = problem_of(result.cause, result.fault),
      .fault = result.fault,
      .started = usec_of(now)};
  return relay_incidents_record(&relay.incidents, probe, &outcome,
                                (struct moment){usec_of(now), now})
      .event;
}

START_TEST(test_incident) {
  setup();
  for (size_t i = 0; i < 3; i++)
    fails(i, CAUSE_OK, 1000);
  fails(UNIT_CHAT, CAUSE_RATE_LIMITED, 1010);
  fails(UNIT_MODELS, CAUSE_OK, 1011);
  fails(UNIT_BILLING, CAUSE_OK, 1011);
  ck_assert_int_eq(fails(UNIT_CHAT, CAUSE_RATE_LIMITED, 1016), INCIDENT_BEGAN);
  report_incident(&report, &relay, INCIDENT_BEGAN);
  ck_assert_int_eq(report.notification.severity, SEVERITY_WARNING);
  ck_assert_int_eq(report.notification.cause, CAUSE_RATE_LIMITED);
  ck_assert_int_eq(report.notification.problem, PROBLEM_RATE_LIMITED);
  ck_assert_ptr_eq(report.notification.probe, &unit.probes[UNIT_CHAT]);
  ck_assert_double_eq(report.notification.time, 1010);

  fails(UNIT_MODELS, CAUSE_UPSTREAM, 1020);
  fails(UNIT_BILLING, CAUSE_OK, 1021);
  ck_assert_int_eq(fails(UNIT_MODELS, CAUSE_UPSTREAM, 1030), INCIDENT_CHANGED);
  report_incident(&report, &relay, INCIDENT_CHANGED);
  ck_assert_int_eq(report.notification.severity, SEVERITY_FAILURE);
  ck_assert_int_eq(report.notification.cause, CAUSE_UPSTREAM);
  ck_assert_double_eq(report.notification.time, 1020);

  fails(UNIT_MODELS, CAUSE_OK, 1040);
  fails(UNIT_CHAT, CAUSE_OK, 1050);
  ck_assert_int_eq(relay_incidents_tick(&relay.incidents, usec_of(1110)).event,
                   INCIDENT_ENDED);
  report_incident(&report, &relay, INCIDENT_ENDED);
  ck_assert_int_eq(report.notification.severity, SEVERITY_OKAY);
  ck_assert_int_eq(report.notification.cause, CAUSE_OK);
  ck_assert_double_eq(report.notification.time, 1050);
  state_free(&relay);
}
END_TEST

START_TEST(test_network) {
  struct network_watch network = {
      .relays = 4, .unreachable = 3, .state = NETWORK_LOST};
  network.since.wall = 1000;
  report_network(&report, &network);
  ck_assert_int_eq(report.notification.severity, SEVERITY_FAILURE);
  ck_assert_ptr_null(report.notification.relay);
  ck_assert_double_eq(report.notification.time, 1000);
  ck_assert_str_eq(report.line,
                   "this host's network is lost: 3 of 4 relays cannot be "
                   "reached. Check its resolver, route and firewall; the "
                   "relays are not blamed meanwhile.");
  network.state = NETWORK_FINE;
  network.found.time = usec_of(75);
  report_network(&report, &network);
  ck_assert_int_eq(report.notification.severity, SEVERITY_OKAY);
  ck_assert_str_eq(report.line, "this host's network is back after 1 min 15 s");
}
END_TEST

int main(void) {
  return UNIT_RUN("report", test_single_results_are_not_reported,
                  test_end_of_suppression_is_reported, test_incident,
                  test_network);
}
