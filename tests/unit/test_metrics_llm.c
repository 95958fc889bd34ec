/* Series that are specific to LLM relays: limits, streams, money, models. */
#include "metrics_fixture.h"

#include <stdio.h>

/* --- completions ---------------------------------------------------------- */

START_TEST(test_rate_limits) {
  series_setup();
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_RATELIMIT_LIMIT), 0);
  struct probe_result result = series_result(CAUSE_RATE_LIMITED, 429);
  result.http.ratelimit[RATELIMIT_TOKENS] = series_ratelimit(0);
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_double_eq(
      series_value(METRIC_RATELIMIT_LIMIT, MODEL ",resource=tokens"), 1000);
  ck_assert_double_eq(
      series_value(METRIC_RATELIMIT_REMAINING, MODEL ",resource=tokens"), 0);
  ck_assert_double_eq(
      series_value(METRIC_RATELIMIT_RESET, MODEL ",resource=tokens"), 1070);
  ck_assert_uint_eq(series_count_of(METRIC_RATELIMIT_LIMIT), 1);
  /* The other probes have no limits of their own. */
  result.http.ratelimit[RATELIMIT_REQUESTS] = series_ratelimit(0);
  series_record(UNIT_MODELS, result, 1010);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_RATELIMIT_LIMIT), 1);
  state_free(&relay);
}
END_TEST

START_TEST(test_streams) {
  series_setup();
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_FIRST_TOKEN), 0);
  unit.probes[UNIT_CHAT].stream = true;
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_FIRST_TOKEN),
                    histogram_first_token_bounds.count + 3);
  ck_assert_double_eq(series_suffix(METRIC_FIRST_TOKEN, SUFFIX_COUNT, MODEL),
                      0);
  ck_assert(!series_exists(METRIC_TOKENS_PER_SECOND, MODEL));
  ck_assert(!series_exists(METRIC_LONGEST_GAP, MODEL));
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_stream = true;
  result.first_token = 0.5;
  result.longest_gap = 0;
  result.tokens_per_second = 40;
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_double_eq(
      series_suffix(METRIC_FIRST_TOKEN, SUFFIX_BUCKET, MODEL ",le=0.25"), 0);
  ck_assert_double_eq(
      series_suffix(METRIC_FIRST_TOKEN, SUFFIX_BUCKET, MODEL ",le=0.5"), 1);
  ck_assert_double_eq(
      series_suffix(METRIC_FIRST_TOKEN, SUFFIX_BUCKET, MODEL ",le=+Inf"), 1);
  ck_assert_double_eq(series_suffix(METRIC_FIRST_TOKEN, SUFFIX_SUM, MODEL),
                      0.5);
  ck_assert_double_eq(series_value(METRIC_TOKENS_PER_SECOND, MODEL), 40);
  ck_assert_double_eq(series_value(METRIC_LONGEST_GAP, MODEL), 0);
  state_free(&relay);
}
END_TEST

/* The gauge is that of the last answer with a usage; an answer without one
 * changes nothing. */
START_TEST(test_parts_of_the_usage) {
  static const char labels[] = "endpoint=chat%2Fcompletions," MODEL;
  series_setup();
  series_collect();
  ck_assert(!series_exists(METRIC_PROMPT_TOKENS, labels));
  ck_assert_double_eq(series_value(METRIC_CACHED_TOKENS, labels), 0);
  ck_assert_double_eq(series_value(METRIC_REASONING_TOKENS, labels), 0);
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_usage = true;
  result.prompt_tokens = 1200;
  result.cached_tokens = 1000;
  result.completion_tokens = result.reasoning_tokens = 16;
  series_record(UNIT_CHAT, result, 1010);
  result.prompt_tokens = 1300;
  series_record(UNIT_CHAT, result, 1020);
  series_record(UNIT_CHAT, series_result(CAUSE_UPSTREAM, 502), 1030);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PROMPT_TOKENS, labels), 1300);
  ck_assert_double_eq(series_value(METRIC_CACHED_TOKENS, labels), 2000);
  ck_assert_double_eq(series_value(METRIC_REASONING_TOKENS, labels), 32);
  state_free(&relay);
}
END_TEST

START_TEST(test_prices_and_costs) {
  series_setup();
  series_make_healthy();
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_PRICE), 0);
  ck_assert_uint_eq(series_count_of(METRIC_COST), 0);
  unit.probes[UNIT_CHAT].prompt_price = 0;
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PRICE, MODEL ",type=prompt"), 0);
  ck_assert(!series_exists(METRIC_PRICE, MODEL ",type=completion"));
  ck_assert(!series_exists(METRIC_COST, MODEL));
  unit.probes[UNIT_CHAT].completion_price = 0.6;
  series_collect();
  ck_assert_double_eq(series_value(METRIC_PRICE, MODEL ",type=completion"),
                      0.6);
  ck_assert_double_eq(series_value(METRIC_COST, MODEL), 0);
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_usage = true;
  result.completion_tokens = 10;
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_COST, MODEL), 6e-6);
  state_free(&relay);
}
END_TEST

START_TEST(test_cost_without_prices) {
  series_setup();
  series_make_healthy();
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_cost = true;
  result.cost = 0.25;
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_COST, MODEL), 0.25);
  ck_assert_uint_eq(series_count_of(METRIC_PRICE), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_model_mismatch) {
  series_setup();
  series_collect();
  ck_assert_double_eq(series_value(METRIC_MODEL_MISMATCH, MODEL), 0);
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.model_mismatch = true;
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_MODEL_MISMATCH, MODEL), 1);
  ck_assert_uint_eq(series_count_of(METRIC_MODEL_MISMATCH), 1);
  state_free(&relay);
}
END_TEST

/* A vendor's series begins when it is first seen, and stays. */
START_TEST(test_vendor_traces) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  series_record(UNIT_CHAT, result, 1010);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_VENDOR_TRACES), 0);
  result.vendors = VENDOR_BIT(VENDOR_AWS) | VENDOR_BIT(VENDOR_XAI);
  series_record(UNIT_CHAT, result, 1020);
  result.vendors = VENDOR_BIT(VENDOR_AWS);
  series_record(UNIT_CHAT, result, 1030);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_VENDOR_TRACES), 2);
  ck_assert_double_eq(series_value(METRIC_VENDOR_TRACES, CHAT ",vendor=aws"),
                      2);
  ck_assert_double_eq(series_value(METRIC_VENDOR_TRACES, CHAT ",vendor=xai"),
                      1);
  state_free(&relay);
}
END_TEST

/* Both are known after both were answered. */
START_TEST(test_plain_prompt_tokens) {
  static const char stream[] = "endpoint=chat%2Fcompletions,model=stream";
  unit_relay_init(&unit);
  unit.probes[UNIT_BILLING] = unit.probes[UNIT_CHAT];
  strcpy(unit.probes[UNIT_BILLING].model_label, "stream");
  unit.probes[UNIT_BILLING].stream = true;
  ck_assert(state_init(&relay, &unit.relay, &unit.bounds, 1000));
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_usage = true;
  result.prompt_tokens = 16;
  series_record(UNIT_BILLING, result, 1010);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_PLAIN_PROMPT_TOKENS), 0);
  result.prompt_tokens = 8;
  series_record(UNIT_CHAT, result, 1020);
  series_record(UNIT_CHAT, series_result(CAUSE_TIMEOUT, 0), 1030);
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_PLAIN_PROMPT_TOKENS), 1);
  ck_assert_double_eq(series_value(METRIC_PLAIN_PROMPT_TOKENS, stream), 8);
  ck_assert_double_eq(series_value(METRIC_PROMPT_TOKENS, stream), 16);
  state_free(&relay);
}
END_TEST

/* --- suppression ---------------------------------------------------------- */

START_TEST(test_suppression_reasons) {
  series_setup();
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_SUPPRESSED), 3);
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, "endpoint=models,reason=retry_after"), 0);
  ck_assert_uint_eq(series_count_of(METRIC_SKIPPED), 2);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=retry_after"), 0);
  unit.relay.max_requests = 10;
  unit.probes[UNIT_CHAT].max_cost_per_day = 1;
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_SUPPRESSED), 3 + 3 + 1);
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, "endpoint=billing,reason=rate_limit"), 0);
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, CHAT ",reason=daily_cost"), 0);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=rate_limit"), 0);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=daily_cost"), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_suppressed) {
  series_setup();
  unit.probes[UNIT_CHAT].max_cost_per_day = 1;
  series_make_healthy();
  state_suppress(&relay, UNIT_CHAT, REASON_DAILY_COST, 1010);
  series_collect();
  ck_assert(!series_exists(METRIC_UP, CHAT));
  ck_assert(series_exists(METRIC_UP, "endpoint=models"));
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, CHAT ",reason=daily_cost"), 1);
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, CHAT ",reason=retry_after"), 0);
  ck_assert_double_eq(series_value(METRIC_SKIPPED, "reason=daily_cost"), 1);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT, CHAT ",cause=suppressed,fault=none"), 1);
  ck_assert_double_eq(series_value(METRIC_VERDICT, CHAT ",cause=ok,fault=none"),
                      0);
  ck_assert_double_eq(series_value(METRIC_VERDICT_SINCE, CHAT), 1010);
  ck_assert_double_eq(series_value(METRIC_LAST_SUCCESS, CHAT), 1003);
  state_free(&relay);
}
END_TEST

/* During the relay's Retry-After the verdict is kept. */
START_TEST(test_suppressed_by_retry_after) {
  series_setup();
  series_make_healthy();
  series_collect();
  ck_assert_double_eq(series_value(METRIC_RETRY_UNTIL, CHAT), 0);
  series_record(UNIT_CHAT, series_result(CAUSE_RATE_LIMITED, 429), 1010);
  state_set_retry_after(&relay, UNIT_CHAT, 1040);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_UP, CHAT), 0);
  ck_assert_double_eq(
      series_value(METRIC_VERDICT, CHAT ",cause=rate_limited,fault=account"),
      1);
  ck_assert_double_eq(series_value(METRIC_RETRY_UNTIL, CHAT), 1040);
  ck_assert_double_eq(
      series_value(METRIC_SUPPRESSED, CHAT ",reason=retry_after"), 1);
  ck_assert_double_eq(series_value(METRIC_RETRY_UNTIL, "endpoint=models"), 0);
  state_free(&relay);
}
END_TEST

/* --- the account ---------------------------------------------------------- */

START_TEST(test_balance) {
  series_setup();
  series_collect();
  ck_assert(!series_exists(METRIC_BUDGET_LIMIT, "") &&
            !series_exists(METRIC_BUDGET_USED, ""));
  ck_assert(!series_exists(METRIC_BUDGET_UNLIMITED, ""));
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_balance = result.has_limit = result.has_used = true;
  result.has_unlimited = true;
  result.balance = 15;
  result.limit = 20;
  result.used = 5;
  series_record(UNIT_BILLING, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_BUDGET_LIMIT, ""), 20);
  ck_assert_double_eq(series_value(METRIC_BUDGET_USED, ""), 5);
  ck_assert_double_eq(series_value(METRIC_BUDGET_UNLIMITED, ""), 0);
  state_free(&relay);
}
END_TEST

/* An unlimited key has no balance, whatever the relay sends. */
START_TEST(test_unlimited_key) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_unlimited = result.unlimited = true;
  series_record(UNIT_BILLING, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_BUDGET_UNLIMITED, ""), 1);
  ck_assert(!series_exists(METRIC_BUDGET, "") &&
            !series_exists(METRIC_BUDGET_LIMIT, ""));
  ck_assert_double_eq(series_value(METRIC_UP, "endpoint=billing"), 1);
  state_free(&relay);
}
END_TEST

/* A date that the relay tells is worth more than what was written down; what
 * was written down, more than "never". */
START_TEST(test_key_expiry) {
  static const struct {
    int64_t told, configured;
    double shown; /* 0: not configured */
  } cases[] = {{0, 0, 0},
               {0, 5000, 5000},
               {7000, 5000, 7000},
               {7000, 0, 7000},
               {KEY_EXPIRES_NEVER, 5000, 5000},
               {KEY_EXPIRES_NEVER, 0, 0}};
  series_setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    relay.key_expiry = cases[i].told;
    unit.relay.key_expires = cases[i].configured;
    series_collect();
    ck_assert_int_eq(series_exists(METRIC_KEY_EXPIRY, ""), cases[i].shown > 0);
    if (cases[i].shown > 0)
      ck_assert_double_eq(series_value(METRIC_KEY_EXPIRY, ""), cases[i].shown);
  }
  state_free(&relay);
}
END_TEST

START_TEST(test_reference_relay) {
  series_setup();
  series_collect();
  ck_assert(!series_exists(METRIC_REFERENCE, ""));
  unit.relay.reference = true;
  series_collect();
  ck_assert_double_eq(series_value(METRIC_REFERENCE, ""), 1);
  state_free(&relay);
}
END_TEST

/* --- the list of models --------------------------------------------------- */

START_TEST(test_models) {
  static struct required required[REQUIRED_MAX];
  series_setup();
  for (size_t i = 0; i < REQUIRED_MAX; i++)
    snprintf(required[i].label, sizeof required[i].label, "m%zu", i);
  unit.probes[UNIT_MODELS].required = required;
  unit.probes[UNIT_MODELS].required_count = REQUIRED_MAX;
  series_collect();
  ck_assert_uint_eq(series_count_of(METRIC_MODELS), 0);
  ck_assert_uint_eq(series_count_of(METRIC_MODEL_AVAILABLE), 0);
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_models = true;
  result.models = 10000;
  result.required = UINT64_C(1) << 63 | 2;
  series_record(UNIT_MODELS, result, 1010);
  series_collect();
  ck_assert_double_eq(series_value(METRIC_MODELS, ""), 10000);
  ck_assert_uint_eq(series_count_of(METRIC_MODEL_AVAILABLE), REQUIRED_MAX);
  ck_assert_double_eq(series_value(METRIC_MODEL_AVAILABLE, "model=m0"), 0);
  ck_assert_double_eq(series_value(METRIC_MODEL_AVAILABLE, "model=m1"), 1);
  ck_assert_double_eq(series_value(METRIC_MODEL_AVAILABLE, "model=m62"), 0);
  ck_assert_double_eq(series_value(METRIC_MODEL_AVAILABLE, "model=m63"), 1);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "metrics_llm", test_rate_limits, test_streams, test_parts_of_the_usage,
      test_prices_and_costs, test_cost_without_prices, test_model_mismatch,
      test_vendor_traces, test_plain_prompt_tokens, test_suppression_reasons,
      test_suppressed, test_suppressed_by_retry_after, test_balance,
      test_unlimited_key, test_key_expiry, test_reference_relay, test_models);
}
