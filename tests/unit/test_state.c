#include "state.h"

#include "probe.h"
#include "unit.h"

#include <math.h>
#include <string.h>

static struct unit_relay unit;
static struct relay_state relay;

static void setup(void) {
  unit_relay_init(&unit);
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
}

static struct outcome an_answer(int status, double duration) {
  struct outcome outcome = {.cause = CAUSE_OK};
  exchange_init(&outcome.exchange);
  outcome.exchange.attempted = true;
  outcome.exchange.http_status = status;
  outcome.exchange.duration = duration;
  return outcome;
}

static struct outcome a_failure(enum cause cause, int status) {
  struct outcome outcome = an_answer(status, 0.5);
  outcome.cause = cause;
  outcome.fault = causes[cause].fault;
  return outcome;
}

static struct outcome a_break(enum cause cause, double duration) {
  struct outcome outcome = a_failure(cause, 0);
  outcome.exchange.broken = cause;
  outcome.exchange.fault = outcome.fault;
  outcome.exchange.duration = duration;
  return outcome;
}

static struct change record(struct outcome outcome, double now) {
  return state_record(&relay, UNIT_MODELS, &outcome, now);
}

static struct probe_state *probe(void) { return &relay.probes[UNIT_MODELS]; }

static uint64_t requests(const char *status) {
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    if (strcmp(statuses[i].name, status) == 0)
      return probe()->requests[i];
  ck_abort_msg("%s", status);
}

static uint64_t latencies(void) {
  return histogram_at_most(&probe()->latency, unit.bounds.count);
}

/* --- at birth ------------------------------------------------------------ */

START_TEST(test_before_the_first_outcome) {
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

START_TEST(test_a_life) {
  setup();
  struct change change = record(an_answer(200, 0.1), 1010);
  ck_assert(change.verdict && !change.failures && !change.recovered);
  ck_assert_int_eq(change.before, CAUSE_PENDING);
  ck_assert_double_eq(probe()->since, 1010);
  ck_assert_double_eq(probe()->last_success, 1010);

  change = record(an_answer(200, 0.1), 1020);
  ck_assert(!change.verdict && !change.failures && !change.recovered);
  ck_assert_double_eq(probe()->since, 1010);
  ck_assert_double_eq(probe()->last_success, 1020);

  change = record(a_failure(CAUSE_UPSTREAM, 502), 1030);
  ck_assert(change.verdict && change.failures && !change.recovered);
  ck_assert_int_eq(change.before, CAUSE_OK);
  ck_assert_uint_eq(probe()->failures, 1);
  ck_assert_double_eq(probe()->since, 1030);

  change = record(a_failure(CAUSE_UPSTREAM, 502), 1040);
  ck_assert(!change.verdict && change.failures && !change.recovered);
  ck_assert_uint_eq(probe()->failures, 2);

  change = record(a_failure(CAUSE_QUOTA, 402), 1050);
  ck_assert(change.verdict && change.failures && !change.recovered);
  ck_assert_int_eq(change.before, CAUSE_UPSTREAM);
  ck_assert_double_eq(probe()->since, 1050);
  ck_assert_double_eq(probe()->last_success, 1020);
  ck_assert_double_eq(probe()->last_probe, 1050);

  change = record(an_answer(200, 0.1), 1065);
  ck_assert(change.verdict && change.failures && change.recovered);
  ck_assert_int_eq(change.before, CAUSE_QUOTA);
  ck_assert_double_eq(change.outage, 35);
  ck_assert_uint_eq(probe()->failures, 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_another_fault_is_another_verdict) {
  setup();
  record(a_break(CAUSE_TIMEOUT, 10), 1010);
  struct outcome outcome = a_break(CAUSE_TIMEOUT, 10);
  outcome.fault = FAULT_NETWORK;
  ck_assert(record(outcome, 1020).verdict);
  ck_assert(!record(outcome, 1030).verdict);
  ck_assert(probe()->seen[CAUSE_TIMEOUT][FAULT_RELAY]);
  ck_assert(probe()->seen[CAUSE_TIMEOUT][FAULT_NETWORK]);
  ck_assert(!probe()->seen[CAUSE_TIMEOUT][FAULT_LOCAL]);
  state_free(&relay);
}
END_TEST

/* The clock may be set back meanwhile, as at the start of many hosts: the
 * recovery is one all the same. */
START_TEST(test_recovered_at_an_earlier_time) {
  setup();
  record(a_failure(CAUSE_DNS, 0), 2000);
  struct change change = record(an_answer(200, 0.1), 1500);
  ck_assert(change.recovered);
  ck_assert_double_eq(change.outage, 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_probes_of_a_relay_are_apart) {
  setup();
  record(a_failure(CAUSE_UPSTREAM, 502), 1010);
  ck_assert_int_eq(relay.probes[UNIT_BILLING].cause, CAUSE_PENDING);
  ck_assert_uint_eq(relay.probes[UNIT_BILLING].failures, 0);
  state_free(&relay);
}
END_TEST

/* --- what is counted ----------------------------------------------------- */

START_TEST(test_requests_by_status) {
  setup();
  record(an_answer(200, 0.1), 1010);
  record(an_answer(204, 0.1), 1010);
  record(a_failure(CAUSE_UPSTREAM, 502), 1010);
  record(a_break(CAUSE_DNS, 0.1), 1010);
  struct outcome reset = a_break(CAUSE_CONNECTION, 0.1);
  reset.exchange.http_status = 200; /* broke off within the answer */
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

/* Whole 2xx answers, and timeouts as exactly the timeout. */
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
  ck_assert_uint_eq(histogram_at_most(&probe()->latency, 8), 2);
  ck_assert_uint_eq(histogram_at_most(&probe()->latency, 9), 3);
  state_free(&relay);
}
END_TEST

/* A phase that did not run keeps its last value. */
START_TEST(test_phases) {
  setup();
  struct outcome outcome = an_answer(200, 0.1);
  outcome.exchange.phase[PHASE_SERVER] = 0.05;
  outcome.exchange.phase[PHASE_CONNECT] = 0;
  record(outcome, 1010);
  outcome = an_answer(200, 0.1);
  outcome.exchange.phase[PHASE_SERVER] = 0.07;
  record(outcome, 1020);
  ck_assert_double_eq(probe()->phase[PHASE_SERVER], 0.07);
  ck_assert_double_eq(probe()->phase[PHASE_CONNECT], 0);
  ck_assert_double_lt(probe()->phase[PHASE_TLS], 0);
  state_free(&relay);
}
END_TEST

/* Errors of a type are counted together, over all the relay's probes. */
START_TEST(test_errors) {
  setup();
  struct outcome name = a_break(CAUSE_TLS_NAME, 0.1);
  record(a_break(CAUSE_TLS_EXPIRED, 0.1), 1010);
  state_record(&relay, UNIT_CHAT, &name, 1010);
  record(an_answer(200, 0.1), 1020);
  ck_assert_uint_eq(relay.errors[cause_error_slot(CAUSE_TLS)], 2);
  uint64_t all = 0;
  for (unsigned i = 0; i < CAUSE_COUNT; i++)
    all += relay.errors[i];
  ck_assert_uint_eq(all, 2);
  state_free(&relay);
}
END_TEST

/* What was not sent is no request and has no duration. */
START_TEST(test_unsent) {
  setup();
  struct outcome outcome;
  outcome_unsent(&outcome, CAUSE_KEY_UNREADABLE, "gone");
  ck_assert(record(outcome, 1010).verdict);
  ck_assert_uint_eq(probe()->failures, 1);
  ck_assert_uint_eq(relay.errors[cause_error_slot(CAUSE_KEY_UNREADABLE)], 1);
  for (unsigned i = 0; i < STATUS_COUNT; i++)
    ck_assert_uint_eq(probe()->requests[i], 0);
  ck_assert_uint_eq(latencies(), 0);
  ck_assert_double_lt(probe()->duration, 0);
  record(an_answer(200, 0.25), 1020);
  record(outcome, 1030);
  ck_assert_double_eq(probe()->duration, 0.25);
  state_free(&relay);
}
END_TEST

START_TEST(test_tokens) {
  setup();
  struct outcome outcome = an_answer(200, 0.1);
  state_record(&relay, UNIT_CHAT, &outcome, 1010);
  outcome.has_usage = true;
  outcome.prompt_tokens = 8;
  outcome.completion_tokens = 2;
  state_record(&relay, UNIT_CHAT, &outcome, 1020);
  state_record(&relay, UNIT_CHAT, &outcome, 1030);
  ck_assert_uint_eq(relay.probes[UNIT_CHAT].prompt_tokens, 16);
  ck_assert_uint_eq(relay.probes[UNIT_CHAT].completion_tokens, 4);
  state_free(&relay);
}
END_TEST

/* --- the balance --------------------------------------------------------- */

static void balance(double dollars, double now) {
  struct outcome outcome = an_answer(200, 0.1);
  outcome.has_balance = true;
  outcome.balance = dollars;
  state_record(&relay, UNIT_BILLING, &outcome, now);
}

/* Top-ups do not undo what was spent; a failure does not undo the balance. */
START_TEST(test_balance) {
  setup();
  balance(10, 1010);
  ck_assert(relay.has_balance);
  ck_assert_double_eq(relay.spent, 0);
  balance(8.5, 1020);
  balance(20, 1030);
  balance(19, 1040);
  ck_assert_double_eq(relay.balance, 19);
  ck_assert_double_eq(relay.spent, 2.5);
  struct outcome failure = a_failure(CAUSE_BALANCE_UNKNOWN, 200);
  state_record(&relay, UNIT_BILLING, &failure, 1050);
  ck_assert_double_eq(relay.balance, 19);
  ck_assert_double_eq(relay.balance_time, 1040);
  balance(-1, 1060);
  ck_assert_double_eq(relay.spent, 22.5);
  state_free(&relay);
}
END_TEST

/* A relay that sends the largest numbers does not make it infinite. */
START_TEST(test_spent_stays_finite) {
  setup();
  for (int i = 0; i < 4; i++) {
    balance(1.7e308, 1010);
    balance(-1.7e308, 1020);
    ck_assert(isfinite(relay.spent));
  }
  balance(5, 1030);
  ck_assert_double_eq(relay.balance, 5);
  state_free(&relay);
}
END_TEST

/* --- the rest ------------------------------------------------------------ */

START_TEST(test_certificate) {
  setup();
  struct outcome outcome = an_answer(200, 0.1);
  outcome.exchange.certificate_expiry = 5000;
  record(outcome, 1010);
  record(an_answer(200, 0.1), 1020);
  ck_assert_int_eq(relay.certificate_expiry, 5000);
  state_free(&relay);
}
END_TEST

START_TEST(test_lateness_is_the_worst) {
  setup();
  state_started(&relay, UNIT_MODELS, 0.1);
  state_started(&relay, UNIT_MODELS, 0.3);
  state_started(&relay, UNIT_MODELS, 0.2);
  ck_assert_double_eq(relay.lateness, 0.3);
  state_rest(&relay);
  ck_assert_double_eq(relay.lateness, 0);
  state_started(&relay, UNIT_MODELS, -0.1);
  ck_assert_double_eq(relay.lateness, 0);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "state", test_before_the_first_outcome, test_labels, test_a_life,
      test_another_fault_is_another_verdict, test_recovered_at_an_earlier_time,
      test_probes_of_a_relay_are_apart, test_requests_by_status, test_latencies,
      test_phases, test_errors, test_unsent, test_tokens, test_balance,
      test_spent_stays_finite, test_certificate, test_lateness_is_the_worst);
}
