#include "state/spending.h"

#include "probe/answer.h"
#include "unit.h"

enum { DAY = 86400, NOW = 20000 * DAY };

static struct unit_relay unit;
static struct probe_settings *probe;
static struct spending spending;

/* 8 prompt tokens and 10 completion tokens, if nothing else is known. */
static void begin(double prompt_price, double completion_price,
                  double max_cost_per_day) {
  unit_relay_init(&unit);
  probe = &unit.probes[UNIT_CHAT];
  probe->prompt_price = prompt_price;
  probe->completion_price = completion_price;
  probe->max_cost_per_day = max_cost_per_day;
  spending = (struct spending){0};
}

static struct probe_result an_answer(uint64_t prompt, uint64_t completion) {
  struct probe_result result = {.cause = CAUSE_OK,
                                .http = unit_http_result(200),
                                .has_usage = true,
                                .prompt_tokens = prompt,
                                .completion_tokens = completion};
  return result;
}

static void record(struct probe_result result, double now) {
  spending_record(&spending, probe, &result, now);
}

static double total(void) { return spending_dollars(spending.total); }

/* --- cost ----------------------------------------------------------------- */

START_TEST(test_cost_of_a_completion) {
  begin(0.15, 0.6, 0);
  record(an_answer(8, 10), NOW);
  /* 8 times 0.15 and 10 times 0.6 millionths. */
  ck_assert_uint_eq(spending.total, 7200000);
  ck_assert_uint_eq(spending.today, 7200000);
  ck_assert_uint_eq(spending.max_cost, 7200000);
  ck_assert_double_eq(total(), 0.0000072);
  record(an_answer(0, 0), NOW);
  ck_assert_uint_eq(spending.total, 7200000);
  record(an_answer(1000000, 0), NOW);
  ck_assert_double_eq(total(), 0.1500072);
}
END_TEST

START_TEST(test_without_prices) {
  begin(-1, -1, 0);
  ck_assert(!spending_has_prices(probe));
  record(an_answer(8, 10), NOW);
  ck_assert_uint_eq(spending.total, 0);
  begin(0.15, -1, 0);
  ck_assert(!spending_has_prices(probe));
  record(an_answer(8, 10), NOW);
  ck_assert_uint_eq(spending.total, 0);
  begin(0, 0, 0);
  ck_assert(spending_has_prices(probe));
}
END_TEST

/* What the relay says takes precedence over the prices, and needs none. */
START_TEST(test_cost_that_the_relay_tells) {
  struct probe_result result = an_answer(8, 10);
  result.has_cost = true;
  result.cost = 0.25;
  begin(-1, -1, 0);
  ck_assert(!spending_is_known(&spending, probe));
  record(result, NOW);
  ck_assert_double_eq(total(), 0.25);
  ck_assert(spending_is_known(&spending, probe));
  begin(0.15, 0.6, 1);
  record(result, NOW);
  ck_assert_double_eq(total(), 0.25);
  ck_assert(spending_allows(&spending, probe, NOW));
  record(result, NOW);
  record(result, NOW);
  record(result, NOW);
  ck_assert(!spending_allows(&spending, probe, NOW));
  begin(0.15, 0.6, 0);
  result.cost = 0; /* a model that is free */
  record(result, NOW);
  ck_assert_uint_eq(spending.total, 0);
  ck_assert(spending_is_known(&spending, probe));
  result.cost = 1e9;
  for (int i = 0; i < 20; i++)
    record(result, NOW);
  ck_assert_uint_eq(spending.total, INT64_MAX);
}
END_TEST

/* A relay that says nothing costs anything must not lift the limit. */
START_TEST(test_limit_despite_a_cost_of_nothing) {
  struct probe_result result = an_answer(8, 10);
  uint64_t price = 7200000; /* as without a cost, above */
  begin(0.15, 0.6, 2.5 * (double)price / 1e12);
  result.has_cost = true;
  record(result, NOW);
  ck_assert_uint_eq(spending.today, price);
  ck_assert_uint_eq(spending.max_cost, price);
  ck_assert(spending_allows(&spending, probe, NOW));
  record(result, NOW);
  ck_assert(!spending_allows(&spending, probe, NOW));
  ck_assert_uint_eq(spending.total, 0);
}
END_TEST

/* A probe every 10 s for a year, at prices that are not binary fractions. */
START_TEST(test_exact_over_a_year) {
  static const struct {
    double prompt, completion, each; /* millionths */
  } cases[] = {{0.1, 0.3, 3.8},
               {0.15, 0.6, 7.2},
               {2.5, 10, 120},
               {0.07, 0.28, 3.36},
               {1e-6, 1e-6, 18e-6}};
  const struct probe_result result = an_answer(8, 10);
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    begin(cases[i].prompt, cases[i].completion, 0);
    for (double now = NOW; now < NOW + 365 * DAY; now += 10)
      spending_record(&spending, probe, &result, now);
    ck_assert_double_eq_tol(total(), cases[i].each * 3.1536, 1e-9);
    ck_assert_double_eq_tol(spending_dollars(spending.today),
                            cases[i].each * 0.00864, 1e-12);
  }
}
END_TEST

/* --- what is billed ------------------------------------------------------- */

static bool is_counted(struct probe_result result) {
  begin(1, 1, 0);
  record(result, NOW);
  ck_assert(spending.total == 0 || spending.total == 18000000);
  return spending.total > 0;
}

static struct probe_result without_usage(enum cause cause, int status) {
  struct probe_result result = {.cause = cause,
                                .fault = causes[cause].fault,
                                .http = unit_http_result(status)};
  result.http.duration = 0.5;
  return result;
}

/* The maximum, if there was a response without usage. */
START_TEST(test_without_usage) {
  ck_assert(is_counted(without_usage(CAUSE_OK, 200)));
  ck_assert(is_counted(without_usage(CAUSE_MALFORMED, 200)));
  ck_assert(is_counted(without_usage(CAUSE_STREAM_CUT, 200)));
  ck_assert(is_counted(without_usage(CAUSE_STREAM_ERROR, 200)));
  ck_assert(!is_counted(without_usage(CAUSE_QUOTA, 402)));
  ck_assert(!is_counted(without_usage(CAUSE_RATE_LIMITED, 429)));
  ck_assert(!is_counted(without_usage(CAUSE_SERVER_ERROR, 500)));
}
END_TEST

static struct probe_result transport_error(enum cause cause, int status) {
  struct probe_result result = without_usage(cause, status);
  result.http.transport_error = cause;
  result.http.sent = true;
  result.http.fault = result.fault;
  return result;
}

START_TEST(test_transport_error) {
  ck_assert(is_counted(transport_error(CAUSE_TIMEOUT, 0)));
  ck_assert(is_counted(transport_error(CAUSE_TIMEOUT, 200)));
  ck_assert(is_counted(transport_error(CAUSE_STREAM_STALLED, 200)));
  ck_assert(is_counted(transport_error(CAUSE_CONNECTION, 200)));
  ck_assert(!is_counted(transport_error(CAUSE_CONNECTION, 0)));
  ck_assert(!is_counted(transport_error(CAUSE_DNS, 0)));
  ck_assert(!is_counted(transport_error(CAUSE_TLS_EXPIRED, 0)));
  struct probe_result result = transport_error(CAUSE_TIMEOUT, 0);
  result.http.sent = false; /* the handshake hung */
  ck_assert(!is_counted(result));
  probe_result_unsent(&result, CAUSE_KEY_UNREADABLE, "gone");
  ck_assert(!is_counted(result));
}
END_TEST

START_TEST(test_estimate_from_the_request) {
  begin(1, 1, 0);
  probe->max_completion_tokens = 500;
  record(without_usage(CAUSE_OK, 200), NOW);
  ck_assert_uint_eq(spending.total, 508000000);
}
END_TEST

/* --- the daily limit ------------------------------------------------------ */

/* The number of requests within a daily limit at this cost. */
static unsigned count_allowed(uint64_t prompt, uint64_t completion,
                              double now) {
  unsigned count = 0;
  while (count < 1000 && spending_allows(&spending, probe, now)) {
    record(an_answer(prompt, completion), now);
    count++;
  }
  return count;
}

START_TEST(test_without_a_limit) {
  begin(1e6, 1e6, 0);
  ck_assert_uint_eq(count_allowed(1000, 1000, NOW), 1000);
}
END_TEST

/* It stops before exceeding the limit: 18 millionths each. */
START_TEST(test_daily_limit) {
  begin(1, 1, 100e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW), 5);
  ck_assert(spending_dollars(spending.today) <= probe->max_cost_per_day);
  begin(1, 1, 90e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW), 5); /* exactly the limit */
  begin(1, 1, 89e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW), 4);
}
END_TEST

/* The first is estimated with all its tokens, the next with the maximum
 * seen. */
START_TEST(test_maximum_cost_of_the_next_request) {
  begin(1, 1, 17e-6);
  ck_assert_uint_eq(count_allowed(8, 1, NOW), 0);
  begin(1, 1, 100e-6);
  ck_assert_uint_eq(count_allowed(8, 1, NOW), 11); /* 9 each */
  begin(1, 1, 100e-6);
  record(an_answer(8, 40), NOW); /* more than requested: 48 */
  ck_assert_uint_eq(count_allowed(8, 1, NOW), 1);
  ck_assert_uint_eq(spending.max_cost, 48000000);
}
END_TEST

/* A relay that once ignored max_tokens, or a limit or price that has changed
 * since the file was written, must not block the probe for ever. */
START_TEST(test_request_above_the_daily_limit) {
  begin(1, 1, 100e-6);
  record(an_answer(8, 400), NOW);
  ck_assert(!spending_allows(&spending, probe, NOW));
  ck_assert(!spending_allows(&spending, probe, NOW + DAY - 1));
  ck_assert(spending_allows(&spending, probe, NOW + DAY));
  ck_assert_uint_eq(count_allowed(8, 10, NOW + DAY), 5);
}
END_TEST

START_TEST(test_midnight_in_utc) {
  begin(1, 1, 18e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW), 1);
  ck_assert(!spending_allows(&spending, probe, NOW + DAY - 0.001));
  ck_assert(spending_allows(&spending, probe, NOW + DAY));
  ck_assert_uint_eq(count_allowed(8, 10, NOW + DAY), 1);
  ck_assert_uint_eq(spending.today, 18000000);
  ck_assert_uint_eq(spending.total, 36000000);
  ck_assert_int_eq(spending.day, 20001);
}
END_TEST

/* A clock set back across midnight does not grant the day's budget twice; a
 * clock that was far ahead does not block the probe for long. */
START_TEST(test_clock_set_back) {
  begin(1, 1, 18e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW), 1);
  ck_assert(!spending_allows(&spending, probe, NOW - 1));
  record(an_answer(8, 10), NOW - 1);
  ck_assert(!spending_allows(&spending, probe, NOW + 1));
  ck_assert_int_eq(spending.day, 20000);
  ck_assert(spending_allows(&spending, probe, NOW + DAY));
}
END_TEST

/* With a clock far ahead, or a file written with one, the spending counts for
 * today and tomorrow only. */
START_TEST(test_saved_day_in_the_future) {
  begin(1, 1, 18e-6);
  ck_assert_uint_eq(count_allowed(8, 10, NOW + 400 * DAY), 1);
  ck_assert(!spending_allows(&spending, probe, NOW));
  ck_assert(!spending_allows(&spending, probe, NOW + DAY));
  ck_assert(spending_allows(&spending, probe, NOW + 2 * DAY));
  ck_assert_uint_eq(count_allowed(8, 10, NOW + 2 * DAY), 1);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

/* Whatever a relay counts, the sum only increases. */
START_TEST(test_sums_do_not_wrap) {
  begin(1e6, 1e6, 1e6);
  double before = 0;
  for (unsigned i = 0; i < 1000; i++) {
    record(an_answer(1000000000, 1000000000), NOW);
    ck_assert_double_ge(total(), before);
    before = total();
  }
  ck_assert_uint_le(spending.total, INT64_MAX); /* as StateFile stores it */
  ck_assert_uint_le(spending.today, INT64_MAX);
  ck_assert(!spending_allows(&spending, probe, NOW));
  record(an_answer(1, 1), NOW);
  ck_assert_double_ge(total(), before);
}
END_TEST

START_TEST(test_restored_from_a_file) {
  begin(1, 1, 1);
  spending.day = 20000;
  spending.today = spending.max_cost = INT64_MAX;
  ck_assert(!spending_allows(&spending, probe, NOW));
  record(an_answer(8, 10), NOW);
  ck_assert_uint_eq(spending.today, INT64_MAX);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "spending", test_cost_of_a_completion, test_without_prices,
      test_cost_that_the_relay_tells, test_limit_despite_a_cost_of_nothing,
      test_exact_over_a_year, test_without_usage, test_transport_error,
      test_estimate_from_the_request, test_without_a_limit, test_daily_limit,
      test_maximum_cost_of_the_next_request, test_request_above_the_daily_limit,
      test_midnight_in_utc, test_saved_day_in_the_future, test_clock_set_back,
      test_sums_do_not_wrap, test_restored_from_a_file);
}
