/* What the state stores about completions, the balance and the account. */
#include "metrics_fixture.h"

#include "probe/billing_preset.h"

#include <math.h>

/* --- completions --------------------------------------------------------- */

static struct probe_state *chat(void) { return &relay.probes[UNIT_CHAT]; }

static void record_chat(struct probe_result result) {
  series_record(UNIT_CHAT, result, 1010);
}

/* Values missing in the last stream are kept. */
START_TEST(test_streams) {
  series_setup();
  ck_assert_double_lt(chat()->tokens_per_second, 0);
  ck_assert_double_lt(chat()->longest_gap, 0);
  struct probe_result result = series_result(CAUSE_OK, 200);
  record_chat(result);
  ck_assert_double_lt(chat()->longest_gap, 0);
  result.has_stream = true;
  result.first_token = 0.7;
  result.longest_gap = 0.25;
  result.tokens_per_second = 40;
  record_chat(result);
  result.first_token = 0.2;
  result.longest_gap = 0;
  result.tokens_per_second = 0; /* not known */
  record_chat(result);
  ck_assert_double_eq(chat()->tokens_per_second, 40);
  ck_assert_double_eq(chat()->longest_gap, 0);
  ck_assert_double_eq_tol(chat()->first_token.sum, 0.9, 1e-12);
  ck_assert_uint_eq(histogram_cumulative(&chat()->first_token, 1),
                    1); /* 0.25 */
  ck_assert_uint_eq(histogram_cumulative(&chat()->first_token,
                                         histogram_first_token_bounds.count),
                    2);
  state_free(&relay);
}
END_TEST

START_TEST(test_model_mismatch) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  record_chat(result);
  ck_assert_uint_eq(chat()->model_mismatches, 0);
  result.model_mismatch = true;
  record_chat(result);
  record_chat(result);
  ck_assert_uint_eq(chat()->model_mismatches, 2);
  state_free(&relay);
}
END_TEST

START_TEST(test_costs) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_usage = true;
  result.prompt_tokens = 8;
  record_chat(result);
  ck_assert_uint_eq(chat()->spending.total, 0);
  unit.probes[UNIT_CHAT].prompt_price = 1;
  unit.probes[UNIT_CHAT].completion_price = 2;
  record_chat(result);
  ck_assert_uint_eq(chat()->spending.total, 8000000);
  state_free(&relay);
}
END_TEST

/* The last value of each header. */
START_TEST(test_rate_limits) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  struct ratelimit *requests = &result.http.ratelimit[RATELIMIT_REQUESTS];
  record_chat(result);
  ck_assert(!chat()->ratelimit[RATELIMIT_REQUESTS].has_limit);
  *requests = (struct ratelimit){true, true, true, 100, 99, 1022.5};
  record_chat(result);
  *requests = (struct ratelimit){.has_remaining = true, .remaining = 0};
  record_chat(result);
  ck_assert(chat()->ratelimit[RATELIMIT_REQUESTS].has_limit);
  ck_assert(chat()->ratelimit[RATELIMIT_REQUESTS].has_remaining);
  ck_assert_double_eq(chat()->ratelimit[RATELIMIT_REQUESTS].limit, 100);
  ck_assert_double_eq(chat()->ratelimit[RATELIMIT_REQUESTS].remaining, 0);
  ck_assert_double_eq(chat()->ratelimit[RATELIMIT_REQUESTS].reset, 1022.5);
  ck_assert(!chat()->ratelimit[RATELIMIT_TOKENS].has_limit);
  ck_assert_double_eq(chat()->ratelimit[RATELIMIT_TOKENS].reset, 0);
  state_free(&relay);
}
END_TEST

/* --- the balance --------------------------------------------------------- */

static void balance(double dollars, double now) {
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_balance = true;
  result.balance = dollars;
  series_record(UNIT_BILLING, result, now);
}

/* Top-ups do not reduce the spending; a failure does not clear the balance. */
START_TEST(test_balance) {
  series_setup();
  balance(10, 1010);
  ck_assert(relay.has_balance);
  ck_assert_double_eq(relay.spent, 0);
  balance(8.5, 1020);
  balance(20, 1030);
  balance(19, 1040);
  ck_assert_double_eq(relay.balance, 19);
  ck_assert_double_eq(relay.spent, 2.5);
  struct probe_result failure = series_result(CAUSE_BALANCE_UNKNOWN, 200);
  series_record(UNIT_BILLING, failure, 1050);
  ck_assert_double_eq(relay.balance, 19);
  ck_assert_double_eq(relay.balance_time, 1040);
  balance(-1, 1060);
  ck_assert_double_eq(relay.spent, 22.5);
  state_free(&relay);
}
END_TEST

/* The largest numbers do not make it infinite. */
START_TEST(test_spent_stays_finite) {
  series_setup();
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

/* --- the account and the list of models ----------------------------------- */

/* Values that a relay sent before and does not send now are kept. */
START_TEST(test_last_good_values_are_kept) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_limit = result.has_used = result.has_unlimited = true;
  result.limit = 20;
  result.used = 5;
  result.key_expiry = 5000;
  series_record(UNIT_BILLING, result, 1010);
  struct probe_result silent = series_result(CAUSE_OK, 200);
  series_record(UNIT_BILLING, silent, 1020);
  ck_assert(relay.has_limit && relay.has_used && relay.has_unlimited);
  ck_assert_double_eq(relay.limit, 20);
  ck_assert_double_eq(relay.used, 5);
  ck_assert(!relay.unlimited);
  ck_assert_int_eq(relay.key_expiry, 5000);
  silent.has_unlimited = silent.unlimited = true;
  silent.key_expiry = KEY_EXPIRES_NEVER;
  series_record(UNIT_BILLING, silent, 1030);
  ck_assert(relay.unlimited);
  ck_assert_int_eq(relay.key_expiry, KEY_EXPIRES_NEVER);
  state_free(&relay);
}
END_TEST

static struct probe_result account(double left) {
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_balance = result.has_limit = result.has_used = true;
  result.balance = left;
  result.limit = 20;
  result.used = 20 - left;
  result.has_unlimited = true;
  result.key_expiry = 5000;
  return result;
}

/* A failure tells nothing of it: the last good values stay. */
static void new_answer_lacks_the_rest(struct probe_result result) {
  series_record(UNIT_BILLING, series_result(CAUSE_UPSTREAM, 502), 1020);
  ck_assert(relay.has_balance && relay.has_limit && relay.has_used);
  result.has_limit = result.has_used = result.has_unlimited = false;
  result.key_expiry = 0;
  series_record(UNIT_BILLING, result, 1030);
  ck_assert(!relay.has_limit && !relay.has_used && !relay.has_unlimited);
  ck_assert_int_eq(relay.key_expiry, 0);
  ck_assert_double_eq(relay.balance, 5);
  ck_assert_double_eq(relay.spent, 0);
  series_record(UNIT_BILLING, account(4), 1040);
  series_record(UNIT_BILLING, series_result(CAUSE_OK, 200), 1050);
  ck_assert(relay.has_limit && relay.has_used && relay.has_unlimited);
  ck_assert_int_eq(relay.key_expiry, 5000);
  ck_assert_double_eq(relay.spent, 1);
}

/* What another place says is not compared with what the first one said. */
START_TEST(test_balance_of_another_place) {
  series_setup();
  struct probe_result elsewhere = account(5);
  series_record(UNIT_BILLING, account(8), 1010);
  elsewhere.found_preset = billing_preset_find("deepseek");
  new_answer_lacks_the_rest(elsewhere);
  state_free(&relay);
}
END_TEST

/* Another key may be one of another account. Its expiry is another one in any
 * case. */
START_TEST(test_balance_of_another_key) {
  series_setup();
  state_set_key_loaded(&relay, 1000);
  series_record(UNIT_BILLING, account(8), 1010);
  ck_assert_int_eq(relay.key_expiry, 5000);
  state_set_key_loaded(&relay, 1015);
  ck_assert_int_eq(relay.key_loaded, 1015);
  ck_assert_int_eq(relay.key_expiry, 0);
  new_answer_lacks_the_rest(account(5));
  state_free(&relay);
}
END_TEST

/* As new-api and sub2api say of it. */
START_TEST(test_other_key_is_unlimited) {
  series_setup();
  series_record(UNIT_BILLING, account(8), 1010);
  state_set_key_loaded(&relay, 1015);
  struct probe_result unlimited = series_result(CAUSE_OK, 200);
  unlimited.has_unlimited = unlimited.unlimited = true;
  series_record(UNIT_BILLING, unlimited, 1020);
  ck_assert(relay.unlimited && !relay.has_balance && !relay.has_limit);
  state_free(&relay);
}
END_TEST

START_TEST(test_models) {
  series_setup();
  struct probe_result result = series_result(CAUSE_OK, 200);
  result.has_models = true;
  result.models = 300;
  result.required = 5;
  series_record(UNIT_MODELS, result, 1010);
  series_record(UNIT_MODELS, series_result(CAUSE_UPSTREAM, 502), 1020);
  ck_assert(relay.has_models);
  ck_assert_uint_eq(relay.models, 300);
  ck_assert_uint_eq(relay.required, 5);
  state_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("state_llm", test_streams, test_model_mismatch, test_costs,
                  test_rate_limits, test_balance, test_spent_stays_finite,
                  test_last_good_values_are_kept, test_balance_of_another_place,
                  test_balance_of_another_key, test_other_key_is_unlimited,
                  test_models);
}
