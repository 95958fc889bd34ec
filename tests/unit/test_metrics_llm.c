/* The series of what only a relay of language models has: limits, streams,
 * money, models. */
#include "series.h"

#include <stdio.h>

/* --- what a completion has of its own ------------------------------------ */

START_TEST(test_rate_limits) {
  series_setup();
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_RATELIMIT_LIMIT), 0);
  struct outcome outcome = series_outcome(CAUSE_RATE_LIMITED, 429);
  outcome.exchange.ratelimit[RATELIMIT_TOKENS] = series_ratelimit(0);
  series_record(UNIT_CHAT, outcome, 1010);
  series_walk();
  ck_assert_double_eq(
      series_value(FAMILY_RATELIMIT_LIMIT, MODEL ",resource=tokens"), 1000);
  ck_assert_double_eq(
      series_value(FAMILY_RATELIMIT_REMAINING, MODEL ",resource=tokens"), 0);
  ck_assert_double_eq(
      series_value(FAMILY_RATELIMIT_RESET, MODEL ",resource=tokens"), 1070);
  ck_assert_uint_eq(series_count_of(FAMILY_RATELIMIT_LIMIT), 1);
  /* Of the other probes' own limits nothing is shown. */
  outcome.exchange.ratelimit[RATELIMIT_REQUESTS] = series_ratelimit(0);
  series_record(UNIT_MODELS, outcome, 1010);
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_RATELIMIT_LIMIT), 1);
  state_free(&relay);
}
END_TEST

START_TEST(test_streams) {
  series_setup();
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_FIRST_TOKEN), 0);
  unit.probes[UNIT_CHAT].stream = true;
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_FIRST_TOKEN),
                    first_token_bounds.count + 3);
  ck_assert_double_eq(series_part(FAMILY_FIRST_TOKEN, PART_COUNT, MODEL), 0);
  ck_assert(!series_there(FAMILY_TOKENS_PER_SECOND, MODEL));
  ck_assert(!series_there(FAMILY_LONGEST_GAP, MODEL));
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.has_stream = true;
  outcome.first_token = 0.5;
  outcome.longest_gap = 0;
  outcome.tokens_per_second = 40;
  series_record(UNIT_CHAT, outcome, 1010);
  series_walk();
  ck_assert_double_eq(
      series_part(FAMILY_FIRST_TOKEN, PART_BUCKET, MODEL ",le=0.25"), 0);
  ck_assert_double_eq(
      series_part(FAMILY_FIRST_TOKEN, PART_BUCKET, MODEL ",le=0.5"), 1);
  ck_assert_double_eq(
      series_part(FAMILY_FIRST_TOKEN, PART_BUCKET, MODEL ",le=+Inf"), 1);
  ck_assert_double_eq(series_part(FAMILY_FIRST_TOKEN, PART_SUM, MODEL), 0.5);
  ck_assert_double_eq(series_value(FAMILY_TOKENS_PER_SECOND, MODEL), 40);
  ck_assert_double_eq(series_value(FAMILY_LONGEST_GAP, MODEL), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_prices_and_costs) {
  series_setup();
  series_make_healthy();
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_PRICE), 0);
  ck_assert_uint_eq(series_count_of(FAMILY_COST), 0);
  unit.probes[UNIT_CHAT].prompt_price = 0;
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_PRICE, MODEL ",type=prompt"), 0);
  ck_assert(!series_there(FAMILY_PRICE, MODEL ",type=completion"));
  ck_assert(!series_there(FAMILY_COST, MODEL));
  unit.probes[UNIT_CHAT].completion_price = 0.6;
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_PRICE, MODEL ",type=completion"),
                      0.6);
  ck_assert_double_eq(series_value(FAMILY_COST, MODEL), 0);
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.has_usage = true;
  outcome.completion_tokens = 10;
  series_record(UNIT_CHAT, outcome, 1010);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_COST, MODEL), 6e-6);
  state_free(&relay);
}
END_TEST

START_TEST(test_other_models) {
  series_setup();
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_MODEL_MISMATCH, MODEL), 0);
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.other_model = true;
  series_record(UNIT_CHAT, outcome, 1010);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_MODEL_MISMATCH, MODEL), 1);
  ck_assert_uint_eq(series_count_of(FAMILY_MODEL_MISMATCH), 1);
  state_free(&relay);
}
END_TEST

/* --- what holds a probe back --------------------------------------------- */

START_TEST(test_reasons_that_apply) {
  series_setup();
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_SUPPRESSED), 3);
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, "endpoint=models,reason=retry_after"), 0);
  ck_assert_uint_eq(series_count_of(FAMILY_SKIPPED), 2);
  ck_assert_double_eq(series_value(FAMILY_SKIPPED, "reason=retry_after"), 0);
  unit.relay.max_requests = 10;
  unit.probes[UNIT_CHAT].max_cost_per_day = 1;
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_SUPPRESSED), 3 + 3 + 1);
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, "endpoint=billing,reason=rate_limit"), 0);
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, CHAT ",reason=daily_cost"), 0);
  ck_assert_double_eq(series_value(FAMILY_SKIPPED, "reason=rate_limit"), 0);
  ck_assert_double_eq(series_value(FAMILY_SKIPPED, "reason=daily_cost"), 0);
  state_free(&relay);
}
END_TEST

START_TEST(test_suppressed) {
  series_setup();
  unit.probes[UNIT_CHAT].max_cost_per_day = 1;
  series_make_healthy();
  state_suppress(&relay, UNIT_CHAT, REASON_DAILY_COST, 1010);
  series_walk();
  ck_assert(!series_there(FAMILY_UP, CHAT));
  ck_assert(series_there(FAMILY_UP, "endpoint=models"));
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, CHAT ",reason=daily_cost"), 1);
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, CHAT ",reason=retry_after"), 0);
  ck_assert_double_eq(series_value(FAMILY_SKIPPED, "reason=daily_cost"), 1);
  ck_assert_double_eq(
      series_value(FAMILY_VERDICT, CHAT ",cause=suppressed,fault=none"), 1);
  ck_assert_double_eq(series_value(FAMILY_VERDICT, CHAT ",cause=ok,fault=none"),
                      0);
  ck_assert_double_eq(series_value(FAMILY_VERDICT_SINCE, CHAT), 1010);
  ck_assert_double_eq(series_value(FAMILY_LAST_SUCCESS, CHAT), 1003);
  state_free(&relay);
}
END_TEST

/* Under the relay's Retry-After the verdict stands. */
START_TEST(test_held) {
  series_setup();
  series_make_healthy();
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_RETRY_UNTIL, CHAT), 0);
  series_record(UNIT_CHAT, series_outcome(CAUSE_RATE_LIMITED, 429), 1010);
  state_hold(&relay, UNIT_CHAT, 1040);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_UP, CHAT), 0);
  ck_assert_double_eq(
      series_value(FAMILY_VERDICT, CHAT ",cause=rate_limited,fault=account"),
      1);
  ck_assert_double_eq(series_value(FAMILY_RETRY_UNTIL, CHAT), 1040);
  ck_assert_double_eq(
      series_value(FAMILY_SUPPRESSED, CHAT ",reason=retry_after"), 1);
  ck_assert_double_eq(series_value(FAMILY_RETRY_UNTIL, "endpoint=models"), 0);
  state_free(&relay);
}
END_TEST

/* --- what the account is -------------------------------------------------- */

START_TEST(test_the_account) {
  series_setup();
  series_walk();
  ck_assert(!series_there(FAMILY_BUDGET_LIMIT, "") &&
            !series_there(FAMILY_BUDGET_USED, ""));
  ck_assert(!series_there(FAMILY_BUDGET_UNLIMITED, ""));
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.has_balance = outcome.has_limit = outcome.has_used = true;
  outcome.knows_limits = true;
  outcome.balance = 15;
  outcome.limit = 20;
  outcome.used = 5;
  series_record(UNIT_BILLING, outcome, 1010);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_BUDGET_LIMIT, ""), 20);
  ck_assert_double_eq(series_value(FAMILY_BUDGET_USED, ""), 5);
  ck_assert_double_eq(series_value(FAMILY_BUDGET_UNLIMITED, ""), 0);
  state_free(&relay);
}
END_TEST

/* An unlimited key has no balance, whatever the relay writes for one. */
START_TEST(test_an_unlimited_key) {
  series_setup();
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.knows_limits = outcome.unlimited = true;
  series_record(UNIT_BILLING, outcome, 1010);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_BUDGET_UNLIMITED, ""), 1);
  ck_assert(!series_there(FAMILY_BUDGET, "") &&
            !series_there(FAMILY_BUDGET_LIMIT, ""));
  ck_assert_double_eq(series_value(FAMILY_UP, "endpoint=billing"), 1);
  state_free(&relay);
}
END_TEST

/* A date that the relay tells is worth more than what was written down; what
 * was written down, more than "never". */
START_TEST(test_ends_of_keys) {
  static const struct {
    int64_t told, configured;
    double shown; /* 0: it is not */
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
    series_walk();
    ck_assert_int_eq(series_there(FAMILY_KEY_EXPIRY, ""), cases[i].shown > 0);
    if (cases[i].shown > 0)
      ck_assert_double_eq(series_value(FAMILY_KEY_EXPIRY, ""), cases[i].shown);
  }
  state_free(&relay);
}
END_TEST

START_TEST(test_the_reference) {
  series_setup();
  series_walk();
  ck_assert(!series_there(FAMILY_REFERENCE, ""));
  unit.relay.reference = true;
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_REFERENCE, ""), 1);
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
  series_walk();
  ck_assert_uint_eq(series_count_of(FAMILY_MODELS), 0);
  ck_assert_uint_eq(series_count_of(FAMILY_MODEL_AVAILABLE), 0);
  struct outcome outcome = series_outcome(CAUSE_OK, 200);
  outcome.has_models = true;
  outcome.models = 10000;
  outcome.required = UINT64_C(1) << 63 | 2;
  series_record(UNIT_MODELS, outcome, 1010);
  series_walk();
  ck_assert_double_eq(series_value(FAMILY_MODELS, ""), 10000);
  ck_assert_uint_eq(series_count_of(FAMILY_MODEL_AVAILABLE), REQUIRED_MAX);
  ck_assert_double_eq(series_value(FAMILY_MODEL_AVAILABLE, "model=m0"), 0);
  ck_assert_double_eq(series_value(FAMILY_MODEL_AVAILABLE, "model=m1"), 1);
  ck_assert_double_eq(series_value(FAMILY_MODEL_AVAILABLE, "model=m62"), 0);
  ck_assert_double_eq(series_value(FAMILY_MODEL_AVAILABLE, "model=m63"), 1);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("metrics_llm", test_rate_limits, test_streams,
                  test_prices_and_costs, test_other_models,
                  test_reasons_that_apply, test_suppressed, test_held,
                  test_the_account, test_an_unlimited_key, test_ends_of_keys,
                  test_the_reference, test_models);
}
