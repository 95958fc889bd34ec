#include "probe/probe_kind.h"
#include "probe/prober.h"

#include "engine/sliding_window.h"
#include "unit.h"

#include <stdlib.h>

static struct unit_relay unit;

static struct probe_result probe_result_of(const char *key, double scale,
                                           const char *body) {
  unit_relay_init(&unit);
  unit.probes[UNIT_BILLING].remaining_key = (char *)(uintptr_t)key;
  unit.probes[UNIT_BILLING].scale = scale;
  return unit_probe_result(&unit.probes[UNIT_BILLING], 200, body);
}

static void check_balance(const char *key, double scale, const char *body,
                          double balance) {
  struct probe_result result = probe_result_of(key, scale, body);
  ck_assert_msg(result.cause == CAUSE_OK, "%s", body);
  ck_assert(result.has_balance);
  ck_assert_double_eq(result.balance, balance);
}

START_TEST(test_balances) {
  check_balance("remaining", 1, "{\"remaining\":12.34}", 12.34);
  check_balance("remaining", 1, "{\"remaining\":\"12.34\"}", 12.34);
  check_balance("remaining", 1, "{\"remaining\":0}", 0);
  check_balance("remaining", 1, "{\"remaining\":-0.5,\"x\":1}", -0.5);
  check_balance("remaining", 1, "{\"remaining\":1e2}", 100);
}
END_TEST

/* As in the relays' documentation. */
START_TEST(test_paths_and_scales) {
  check_balance("data/total_available", 2e-6,
                "{\"code\":true,\"data\":{\"total_available\":1500000}}", 3);
  check_balance("balance_infos/0/total_balance", 1,
                "{\"is_available\":true,\"balance_infos\":[{\"currency\":"
                "\"USD\",\"total_balance\":\"110.00\"},{\"total_balance\":"
                "\"5\"}]}",
                110);
  check_balance("data/totalBalance", 1,
                "{\"code\":20000,\"status\":true,\"data\":{\"totalBalance\":"
                "\"88.88\"}}",
                88.88);
}
END_TEST

/* Alerts use the balance: an invalid number must not become 0. */
START_TEST(test_invalid_balances) {
  static const char *const bodies[] = {"{}",
                                       "[]",
                                       "{\"remaining\":null}",
                                       "{\"remaining\":true}",
                                       "{\"remaining\":{}}",
                                       "{\"remaining\":{\"remaining\":5}}",
                                       "{\"remaining\":[5]}",
                                       "{\"remaining\":\"\"}",
                                       "{\"remaining\":\"NaN\"}",
                                       "{\"remaining\":\"inf\"}",
                                       "{\"remaining\":\"unlimited\"}",
                                       "{\"remaining\":\" 5\"}",
                                       "{\"remaining\":\"$5\"}",
                                       "{\"remaining\":\"5 USD\"}",
                                       "{\"remaining\":\"1,5\"}",
                                       "{\"remaining\":1e400}",
                                       "{\"remaining\":\"1e400\"}",
                                       "{\"data\":{\"remaining\":5}}",
                                       "{\"Remaining\":5}"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    struct probe_result result = probe_result_of("remaining", 1, bodies[i]);
    ck_assert_msg(result.cause == CAUSE_BALANCE_UNKNOWN, "%s", bodies[i]);
    ck_assert(!result.has_balance);
  }
}
END_TEST

START_TEST(test_scaled_value_out_of_range) {
  struct probe_result result =
      probe_result_of("remaining", 1e12, "{\"remaining\":1e300}");
  ck_assert_int_eq(result.cause, CAUSE_BALANCE_UNKNOWN);
  ck_assert(!result.has_balance);
}
END_TEST

/* Of duplicate members the last one counts, as in most JSON parsers. */
START_TEST(test_duplicate_members) {
  check_balance("remaining", 1, "{\"remaining\":1,\"remaining\":2}", 2);
  ck_assert_int_eq(
      probe_result_of("remaining", 1, "{\"remaining\":1,\"remaining\":null}")
          .cause,
      CAUSE_BALANCE_UNKNOWN);
}
END_TEST

START_TEST(test_no_balance_from_a_failure) {
  unit_relay_init(&unit);
  struct probe_result result =
      unit_probe_result(&unit.probes[UNIT_BILLING], 500, "{\"remaining\":5}");
  ck_assert_int_eq(result.cause, CAUSE_SERVER_ERROR);
  ck_assert(!result.has_balance);
  result = probe_result_of("remaining", 1,
                           "{\"remaining\":5,\"error\":{\"message\":\"x\"}}");
  ck_assert_int_eq(result.cause, CAUSE_SERVER_ERROR);
  ck_assert(!result.has_balance);
}
END_TEST

START_TEST(test_request_has_no_body) {
  ck_assert(probe_kinds[KIND_BILLING].prober->add_members == NULL);
}
END_TEST

START_TEST(test_public_names_are_unchanged) {
  ck_assert_str_eq(probe_kinds[KIND_BILLING].endpoint, "billing");
  ck_assert_str_eq(probe_kinds[KIND_BILLING].path, "/billing");
  ck_assert_int_eq(probe_kinds[KIND_BILLING].timeout, 10 * USEC_PER_SEC);
  ck_assert_int_eq(probe_kinds[KIND_BILLING].min_default_interval,
                   60 * USEC_PER_SEC);
  ck_assert(!probe_kind_has(&probe_kinds[KIND_BILLING], PROBE_USES_TOKENS));
  ck_assert_uint_eq(probe_kinds[KIND_BILLING].rank, RANK_BILLING);
}
END_TEST

int main(void) {
  return UNIT_RUN("billing", test_balances, test_paths_and_scales,
                  test_invalid_balances, test_scaled_value_out_of_range,
                  test_duplicate_members, test_no_balance_from_a_failure,
                  test_request_has_no_body, test_public_names_are_unchanged);
}
