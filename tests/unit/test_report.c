/* Changes of a probe that are reported: each exactly once. */
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

static bool end_with(enum cause cause, bool released) {
  struct probe_result result = {.cause = cause, .fault = causes[cause].fault};
  http_result_init(&result.http);
  struct state_change change = state_record(&relay, 0, &result, 1010);
  change.resumed = released;
  return report_result(&report, &relay, 0, &result, &change);
}

START_TEST(test_first_success_is_not_reported) {
  setup();
  ck_assert(!end_with(CAUSE_OK, false));
  ck_assert(!end_with(CAUSE_OK, false));
  state_free(&relay);
}
END_TEST

START_TEST(test_verdict_is_reported_once) {
  setup();
  ck_assert(end_with(CAUSE_DNS, false));
  ck_assert_int_eq(report.notification.severity, SEVERITY_FAILURE);
  ck_assert_int_eq(report.notification.cause, CAUSE_DNS);
  ck_assert_ptr_nonnull(strstr(report.line, "dns (fault network)"));
  ck_assert(!end_with(CAUSE_DNS, false));
  ck_assert(end_with(CAUSE_KEY_REJECTED, false));
  state_free(&relay);
}
END_TEST

START_TEST(test_recovery_is_reported_once) {
  setup();
  ck_assert(end_with(CAUSE_DNS, false));
  ck_assert(end_with(CAUSE_OK, false));
  ck_assert_int_eq(report.notification.severity, SEVERITY_OKAY);
  ck_assert_ptr_nonnull(strstr(report.line, "ok again"));
  ck_assert_ptr_nonnull(strstr(report.notification.text, "ok again"));
  ck_assert(!end_with(CAUSE_OK, false));
  state_free(&relay);
}
END_TEST

/* After a reported suppression, the next verdict is reported. */
START_TEST(test_end_of_suppression_is_reported) {
  setup();
  ck_assert(!end_with(CAUSE_OK, false));
  state_suppress(&relay, 0, REASON_RATE_LIMIT, 1020);
  report_suppression(&report, &relay, 0, REASON_RATE_LIMIT);
  ck_assert_int_eq(report.notification.cause, CAUSE_SUPPRESSED);
  ck_assert_ptr_nonnull(strstr(report.line, ": suppressed: "));
  ck_assert(end_with(CAUSE_OK, true));
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("report", test_first_success_is_not_reported,
                  test_verdict_is_reported_once, test_recovery_is_reported_once,
                  test_end_of_suppression_is_reported);
}
