#include "state/state.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <string.h>

static struct unit_relay unit;
static struct relay_state relay;

static void setup(void) {
  unit_relay_init(&unit);
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
}

static struct probe_result an_answer(int status, double duration) {
  struct probe_result result = {.cause = CAUSE_OK};
  http_result_init(&result.http);
  result.http.attempted = true;
  result.http.http_status = status;
  result.http.duration = duration;
  return result;
}

static struct probe_result a_failure(enum cause cause, int status) {
  struct probe_result result = an_answer(status, 0.5);
  result.cause = cause;
  result.fault = causes[cause].fault;
  return result;
}

static struct probe_result a_break(enum cause cause, double duration) {
  struct probe_result result = a_failure(cause, 0);
  result.http.transport_error = cause;
  result.http.fault = result.fault;
  result.http.duration = duration;
  return result;
}

static struct state_change record(struct probe_result result, double now) {
  return state_record(&relay, UNIT_MODELS, &result, now);
}

static struct probe_state *probe(void) { return &relay.probes[UNIT_MODELS]; }

static uint64_t requests(const char *status) {
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    if (strcmp(statuses[i].name, status) == 0)
      return probe()->requests[i];
  ck_abort_msg("%s", status);
}

static uint64_t latencies(void) {
  return histogram_cumulative(&probe()->latency, unit.bounds.count);
}

/* --- initial state -------------------------------------------------------- */

START_TEST(test_before_the_first_result) {
  setup();
  for (size_t i = 0; i < 3; i++) {
    const struct probe_state *p = &relay.probes[i];
    ck_assert_int_eq(p->cause, CAUSE_PENDING);
    ck_assert_double_eq(p->since, 1000);
    ck_assert_double_eq(p->last_success, 0);
    ck_assert(p->seen[CAUSE_OK][FAULT_NONE]);
    ck_assert(p->seen[CAUSE_PENDING][FAULT_NONE]);
    for (unsigned phase = 0; phase < PHASE_COUNT; phase++)
      ck_assert_double_lt(p->phase[phase], 0);
  }
  ck_assert(!relay.has_balance);
  state_free(&relay);
}
END_TEST

START_TEST(test_labels) {
  setup();
  ck_assert_str_eq(relay.probes[UNIT_MODELS].labels, "endpoint=models");
  ck_assert_str_eq(relay.probes[UNIT_BILLING].labels, "endpoint=billing");
  ck_assert_str_eq(relay.probes[UNIT_CHAT].labels,
                   "endpoint=chat%2Fcompletions,model=openai%2Fgpt-4o-mini");
  state_free(&relay);
}
END_TEST

/* --- verdicts ------------------------------------------------------------ */

START_TEST(test_successes_and_failures) {
  setup();
  struct state_change change = record(an_answer(200, 0.1), 1010);
  ck_assert(change.verdict_changed && !change.failures_changed &&
            !change.recovered);
  ck_assert_double_eq(probe()->since, 1010);
  ck_assert_double_eq(probe()->last_success, 1010);

  change = record(an_answer(200, 0.1), 1020);
  ck_assert(!change.verdict_changed && !change.failures_changed &&
            !change.recovered);
  ck_assert_double_eq(probe()->since, 1010);
  ck_assert_double_eq(probe()->last_success, 1020);

  change = record(a_failure(CAUSE_UPSTREAM, 502), 1030);
  ck_assert(change.verdict_changed && change.failures_changed &&
            !change.recovered);
  ck_assert_uint_eq(probe()->failures, 1);
  ck_assert_int_eq(probe()->failure.cause, CAUSE_UPSTREAM);
  ck_assert_double_eq(probe()->since, 1030);

  change = record(a_failure(CAUSE_UPSTREAM, 502), 1040);
  ck_assert(!change.verdict_changed && change.failures_changed &&
            !change.recovered);
  ck_assert_uint_eq(probe()->failures, 2);

  change = record(a_failure(CAUSE_QUOTA, 402), 1050);
  ck_assert(change.verdict_changed && change.failures_changed &&
            !change.recovered);
  ck_assert_double_eq(probe()->since, 1050);
  ck_assert_double_eq(probe()->last_success, 1020);
  ck_assert_double_eq(probe()->last_probe, 1050);

  change = record(an_answer(200, 0.1), 1065);
  ck_assert(change.verdict_changed && change.failures_changed &&
            change.recovered);
  ck_assert_int_eq(probe()->failure.cause, CAUSE_QUOTA);
  ck_assert_uint_eq(probe()->failures, 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_new_fault_is_a_new_verdict) {
  setup();
  record(a_break(CAUSE_TIMEOUT, 10), 1010);
  struct probe_result result = a_break(CAUSE_TIMEOUT, 10);
  result.fault = FAULT_NETWORK;
  struct state_change change = record(result, 1020);
  ck_assert(change.verdict_changed);
  change = record(result, 1030);
  ck_assert(!change.verdict_changed);
  ck_assert(probe()->seen[CAUSE_TIMEOUT][FAULT_RELAY]);
  ck_assert(probe()->seen[CAUSE_TIMEOUT][FAULT_NETWORK]);
  ck_assert(!probe()->seen[CAUSE_TIMEOUT][FAULT_LOCAL]);
  state_free(&relay);
}
END_TEST

/* The clock may be set back meanwhile, as during the boot of many hosts: it is
 * still a recovery. */
START_TEST(test_recovery_with_an_earlier_time) {
  setup();
  record(a_failure(CAUSE_DNS, 0), 2000);
  struct state_change change = record(an_answer(200, 0.1), 1500);
  ck_assert(change.recovered);
  state_free(&relay);
}
END_TEST

START_TEST(test_probes_of_a_relay_are_independent) {
  setup();
  record(a_failure(CAUSE_UPSTREAM, 502), 1010);
  ck_assert_int_eq(relay.probes[UNIT_BILLING].cause, CAUSE_PENDING);
  ck_assert_uint_eq(relay.probes[UNIT_BILLING].failures, 0);
  state_free(&relay);
}
END_TEST

/* --- deferral ------------------------------------------------------------- */

/* During Retry-After the verdict is kept. */
START_TEST(test_suppressed_by_retry_after) {
  setup();
  record(a_failure(CAUSE_RATE_LIMITED, 429), 1010);
  state_set_retry_after(&relay, UNIT_MODELS, 1040);
  ck_assert_int_eq(probe()->cause, CAUSE_RATE_LIMITED);
  ck_assert_double_eq(probe()->retry_until, 1040);
  ck_assert(probe()->suppressed[REASON_RETRY_AFTER]);
  ck_assert_uint_eq(relay.skipped[REASON_RETRY_AFTER], 0);
  ck_assert(!relay.probes[UNIT_CHAT].suppressed[REASON_RETRY_AFTER]);
  state_record_start(&relay, UNIT_MODELS, 0);
  ck_assert_double_eq(probe()->retry_until, 0);
  ck_assert(!probe()->suppressed[REASON_RETRY_AFTER]);
  state_free(&relay);
}
END_TEST

/* It ends at its time, even if the probe's next turn is far away. */
START_TEST(test_retry_after_expires) {
  setup();
  record(a_failure(CAUSE_RATE_LIMITED, 429), 1010);
  state_set_retry_after(&relay, UNIT_MODELS, 1040);
  state_expire_retry_after(&relay, 1039);
  ck_assert(probe()->suppressed[REASON_RETRY_AFTER]);
  state_expire_retry_after(&relay, 1040);
  ck_assert_double_eq(probe()->retry_until, 0);
  ck_assert(!probe()->suppressed[REASON_RETRY_AFTER]);
  ck_assert_int_eq(probe()->cause, CAUSE_RATE_LIMITED);
  state_suppress(&relay, UNIT_MODELS, REASON_DAILY_COST, 1050);
  state_expire_retry_after(&relay, 2000);
  ck_assert(probe()->suppressed[REASON_DAILY_COST]);
  state_free(&relay);
}
END_TEST

START_TEST(test_suppressed) {
  setup();
  record(an_answer(200, 0.1), 1010);
  ck_assert(state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1020));
  ck_assert_int_eq(probe()->cause, CAUSE_SUPPRESSED);
  ck_assert_int_eq(probe()->fault, FAULT_NONE);
  ck_assert_double_eq(probe()->since, 1020);
  ck_assert(probe()->suppressed[REASON_RATE_LIMIT]);
  ck_assert(probe()->seen[CAUSE_SUPPRESSED][FAULT_NONE]);
  ck_assert(!state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1030));
  ck_assert_double_eq(probe()->since, 1020);
  ck_assert(state_suppress(&relay, UNIT_MODELS, REASON_DAILY_COST, 1040));
  ck_assert(!probe()->suppressed[REASON_RATE_LIMIT]);
  ck_assert(probe()->suppressed[REASON_DAILY_COST]);
  ck_assert_double_eq(probe()->since, 1020);
  ck_assert_uint_eq(relay.skipped[REASON_RATE_LIMIT], 2);
  ck_assert_uint_eq(relay.skipped[REASON_DAILY_COST], 1);
  ck_assert_double_eq(probe()->last_probe, 1010);
  ck_assert_int_eq(relay.probes[UNIT_CHAT].cause, CAUSE_PENDING);
  state_free(&relay);
}
END_TEST

/* After a new start nothing is suppressed, and the next time is news again. */
START_TEST(test_after_suppression) {
  setup();
  record(an_answer(200, 0.1), 1010);
  state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1020);
  state_record_start(&relay, UNIT_MODELS, 0);
  ck_assert(!probe()->suppressed[REASON_RATE_LIMIT]);
  ck_assert_int_eq(probe()->cause, CAUSE_SUPPRESSED); /* until it ends */
  struct state_change change = record(an_answer(200, 0.1), 1031);
  ck_assert(change.verdict_changed && !change.recovered);
  ck_assert_int_eq(probe()->cause, CAUSE_OK);
  ck_assert_double_eq(probe()->since, 1031);
  ck_assert(state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1040));
  state_free(&relay);
}
END_TEST

/* Failures go on as if there had been none. */
START_TEST(test_failure_across_a_suppression) {
  setup();
  record(a_failure(CAUSE_QUOTA, 402), 1010);
  state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1020);
  ck_assert_uint_eq(probe()->failures, 1);
  struct state_change change = record(a_failure(CAUSE_QUOTA, 402), 1030);
  ck_assert(change.verdict_changed);
  ck_assert_uint_eq(probe()->failures, 2);
  state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1040);
  record(a_failure(CAUSE_FORBIDDEN, 403), 1050);
  state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1060);
  change = record(an_answer(200, 0.1), 1070);
  ck_assert(change.verdict_changed && change.recovered);
  state_free(&relay);
}
END_TEST

/* Retry-After no longer applies once the probe's own limits suppress it. */
START_TEST(test_suppressed_after_retry_after) {
  setup();
  state_set_retry_after(&relay, UNIT_MODELS, 1040);
  state_suppress(&relay, UNIT_MODELS, REASON_RATE_LIMIT, 1050);
  ck_assert_double_eq(probe()->retry_until, 0);
  ck_assert(!probe()->suppressed[REASON_RETRY_AFTER]);
  state_free(&relay);
}
END_TEST

/* --- counters ------------------------------------------------------------- */

START_TEST(test_requests_by_status) {
  setup();
  record(an_answer(200, 0.1), 1010);
  record(an_answer(204, 0.1), 1010);
  record(a_failure(CAUSE_UPSTREAM, 502), 1010);
  record(a_break(CAUSE_DNS, 0.1), 1010);
  struct probe_result reset = a_break(CAUSE_CONNECTION, 0.1);
  reset.http.http_status = 200; /* transport error within the response */
  record(reset, 1010);
  ck_assert_uint_eq(requests("200"), 1);
  ck_assert_uint_eq(requests("2xx"), 1);
  ck_assert_uint_eq(requests("502"), 1);
  ck_assert_uint_eq(requests("dns_error"), 1);
  ck_assert_uint_eq(requests("connection_error"), 1);
  uint64_t all = 0;
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    all += probe()->requests[i];
  ck_assert_uint_eq(all, 5);
  state_free(&relay);
}
END_TEST

/* Complete 2xx responses, and timeouts as exactly the timeout. */
START_TEST(test_latencies) {
  setup();
  record(an_answer(200, 0.2), 1010);
  record(a_failure(CAUSE_MALFORMED, 200), 1010);
  ck_assert_uint_eq(latencies(), 2);
  ck_assert_double_eq(probe()->latency.sum, 0.7);
  record(a_failure(CAUSE_UPSTREAM, 502), 1010);
  record(a_break(CAUSE_CONNECTION, 3), 1010);
  ck_assert_uint_eq(latencies(), 2);
  ck_assert_double_eq(probe()->duration, 3);
  record(a_break(CAUSE_TIMEOUT, 10.0042), 1010);
  ck_assert_uint_eq(latencies(), 3);
  ck_assert_double_eq(probe()->latency.sum, 10.7);
  ck_assert_double_eq(probe()->duration, 10);
  ck_assert_uint_eq(histogram_cumulative(&probe()->latency, 8), 2);
  ck_assert_uint_eq(histogram_cumulative(&probe()->latency, 9), 3);
  state_free(&relay);
}
END_TEST

START_TEST(test_latency_without_a_first_token) {
  struct probe_result silent = a_break(CAUSE_TIMEOUT, 2.0042);
  silent.http.silent = true;
  setup();
  unit.probes[UNIT_MODELS].first_token_timeout = 2 * USEC_PER_SEC;
  record(silent, 1010);
  ck_assert_double_eq(probe()->latency.sum, 2);
  record(a_break(CAUSE_TIMEOUT, 10.0042), 1010);
  ck_assert_double_eq(probe()->latency.sum, 12);
  state_free(&relay);
}
END_TEST

/* A phase that did not run keeps its last value. */
START_TEST(test_phases) {
  setup();
  struct probe_result result = an_answer(200, 0.1);
  result.http.phase[PHASE_SERVER] = 0.05;
  result.http.phase[PHASE_CONNECT] = 0;
  record(result, 1010);
  result = an_answer(200, 0.1);
  result.http.phase[PHASE_SERVER] = 0.07;
  record(result, 1020);
  ck_assert_double_eq(probe()->phase[PHASE_SERVER], 0.07);
  ck_assert_double_eq(probe()->phase[PHASE_CONNECT], 0);
  ck_assert_double_lt(probe()->phase[PHASE_TLS], 0);
  state_free(&relay);
}
END_TEST

/* Errors of a type are counted over all of the relay's probes. */
START_TEST(test_errors) {
  setup();
  struct probe_result name = a_break(CAUSE_TLS_NAME, 0.1);
  record(a_break(CAUSE_TLS_EXPIRED, 0.1), 1010);
  state_record(&relay, UNIT_CHAT, &name, 1010);
  record(an_answer(200, 0.1), 1020);
  ck_assert_uint_eq(relay.errors[cause_counter(CAUSE_TLS)], 2);
  uint64_t all = 0;
  for (unsigned i = 0; i < CAUSE_COUNT; i++)
    all += relay.errors[i];
  ck_assert_uint_eq(all, 2);
  state_free(&relay);
}
END_TEST

/* A request that was not sent does not count and has no duration. */
START_TEST(test_request_not_sent) {
  setup();
  struct probe_result result;
  probe_result_unsent(&result, CAUSE_KEY_UNREADABLE, "gone");
  ck_assert(record(result, 1010).verdict_changed);
  ck_assert_uint_eq(probe()->failures, 1);
  ck_assert_uint_eq(relay.errors[cause_counter(CAUSE_KEY_UNREADABLE)], 1);
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    ck_assert_uint_eq(probe()->requests[i], 0);
  ck_assert_uint_eq(latencies(), 0);
  ck_assert_double_lt(probe()->duration, 0);
  record(an_answer(200, 0.25), 1020);
  record(result, 1030);
  ck_assert_double_eq(probe()->duration, 0.25);
  state_free(&relay);
}
END_TEST

START_TEST(test_tokens) {
  setup();
  struct probe_result result = an_answer(200, 0.1);
  state_record(&relay, UNIT_CHAT, &result, 1010);
  result.has_usage = true;
  result.prompt_tokens = 8;
  result.completion_tokens = 2;
  state_record(&relay, UNIT_CHAT, &result, 1020);
  state_record(&relay, UNIT_CHAT, &result, 1030);
  ck_assert_uint_eq(relay.probes[UNIT_CHAT].prompt_tokens, 16);
  ck_assert_uint_eq(relay.probes[UNIT_CHAT].completion_tokens, 4);
  state_free(&relay);
}
END_TEST

/* --- other ---------------------------------------------------------------- */

/* The first of two requests counts, but gives no verdict. */
START_TEST(test_first_of_two_requests) {
  setup();
  struct probe_result result = an_answer(200, 0.2);
  result.http.certificate_expiry = 5000;
  result.http.phase[PHASE_CONNECT] = 0.1;
  state_record_request(&relay, UNIT_MODELS, &result);
  ck_assert_int_eq(probe()->cause, CAUSE_PENDING);
  ck_assert_double_eq(probe()->last_probe, 0);
  ck_assert_uint_eq(requests("200"), 1);
  ck_assert_uint_eq(latencies(), 1);
  ck_assert_double_eq(probe()->phase[PHASE_CONNECT], 0.1);
  ck_assert_int_eq(relay.certificate_expiry, 5000);
  state_free(&relay);
}
END_TEST

START_TEST(test_certificate) {
  setup();
  struct probe_result result = an_answer(200, 0.1);
  result.http.certificate_expiry = 5000;
  record(result, 1010);
  record(an_answer(200, 0.1), 1020);
  ck_assert_int_eq(relay.certificate_expiry, 5000);
  state_free(&relay);
}
END_TEST

START_TEST(test_lateness_is_the_maximum) {
  setup();
  state_record_start(&relay, UNIT_MODELS, 0.1);
  state_record_start(&relay, UNIT_MODELS, 0.3);
  state_record_start(&relay, UNIT_MODELS, 0.2);
  ck_assert_double_eq(relay.lateness, 0.3);
  state_reset_lateness(&relay);
  ck_assert_double_eq(relay.lateness, 0);
  state_record_start(&relay, UNIT_MODELS, -0.1);
  ck_assert_double_eq(relay.lateness, 0);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "state", test_before_the_first_result, test_labels,
      test_successes_and_failures, test_new_fault_is_a_new_verdict,
      test_recovery_with_an_earlier_time,
      test_probes_of_a_relay_are_independent, test_suppressed_by_retry_after,
      test_retry_after_expires, test_suppressed, test_after_suppression,
      test_failure_across_a_suppression, test_suppressed_after_retry_after,
      test_requests_by_status, test_latencies,
      test_latency_without_a_first_token, test_phases, test_errors,
      test_request_not_sent, test_tokens, test_first_of_two_requests,
      test_certificate, test_lateness_is_the_maximum);
}
