/* The balance as sub2api, SiliconFlow and Moonshot send it, by their source or
 * documentation. */
#include "billing_fixture.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* --- sub2api ------------------------------------------------------------- */

/* A key with its own quota. */
START_TEST(test_sub2api_quota) {
  billing_use_preset("sub2api");
  ck_assert_str_eq(probe.path, "/usage");
  ck_assert_int_eq(
      billing_read(
          "{\"mode\":\"quota_limited\",\"isValid\":true,\"status\":\"active\","
          "\"quota\":{\"limit\":20,\"used\":7.5,\"remaining\":12.5,\"unit\":"
          "\"USD\"},\"remaining\":12.5,\"unit\":\"USD\",\"expires_at\":"
          "\"2030-01-01T08:00:00.5+08:00\",\"days_until_expiry\":900}"),
      CAUSE_OK);
  ck_assert_double_eq(result.balance, 12.5);
  ck_assert(result.has_limit && result.has_used);
  ck_assert_double_eq(result.limit, 20);
  ck_assert_double_eq(result.used, 7.5);
  ck_assert(result.has_unlimited && !result.unlimited);
  ck_assert_int_eq(result.key_expiry, 1893456000);
  billing_reset();
}
END_TEST

/* The account's balance, or what remains of a subscription: -1 without
 * limits. */
START_TEST(test_sub2api_without_quota) {
  billing_use_preset("sub2api");
  ck_assert_int_eq(
      billing_read(
          "{\"mode\":\"unrestricted\",\"isValid\":true,\"planName\":\"W\","
          "\"remaining\":-0.01,\"unit\":\"USD\",\"balance\":-0.01}"),
      CAUSE_OK);
  ck_assert(result.has_balance && !result.unlimited);
  ck_assert_double_eq(result.balance, -0.01);
  ck_assert_int_eq(
      billing_read(
          "{\"mode\":\"unrestricted\",\"isValid\":true,\"planName\":\"Pro\","
          "\"remaining\":-1,\"unit\":\"USD\",\"subscription\":{"
          "\"daily_usage_usd\":1.5,\"daily_limit_usd\":null}}"),
      CAUSE_OK);
  ck_assert(result.has_unlimited && result.unlimited);
  ck_assert(!result.has_balance && !result.has_limit);
  ck_assert_int_eq(
      billing_read("{\"isValid\":true,\"mode\":\"quota_limited\"}"),
      CAUSE_BALANCE_UNKNOWN);
  billing_reset();
}
END_TEST

START_TEST(test_sub2api_invalid_key) {
  billing_use_preset("sub2api");
  ck_assert_int_eq(billing_read("{\"isValid\":false,\"remaining\":12.5}"),
                   CAUSE_KEY_REJECTED);
  ck_assert_int_eq(result.fault, FAULT_ACCOUNT);
  ck_assert_int_eq(billing_read("{\"isValid\":null,\"remaining\":12.5}"),
                   CAUSE_OK);
  billing_reset();
}
END_TEST

/* Elsewhere -1 is a debt. */
START_TEST(test_minus_one_is_not_unlimited_elsewhere) {
  static const char *const presets[] = {"holysheep", "sub2api"};
  for (size_t i = 0; i < COUNT_OF(presets); i++) {
    probe = (struct probe_settings){.kind = &probe_kinds[KIND_BILLING],
                                    .scale = 1,
                                    .preset = billing_preset_find(presets[i]),
                                    .remaining_key = strdup("left")};
    ck_assert(billing_preset_apply(&probe));
    ck_assert_int_eq(billing_read("{\"left\":-1}"), CAUSE_OK);
    ck_assert(result.has_balance && !result.unlimited);
    ck_assert_double_eq(result.balance, -1);
    billing_reset();
  }
  billing_use_preset("holysheep");
  ck_assert_int_eq(billing_read("{\"remaining\":-1}"), CAUSE_OK);
  ck_assert_double_eq(result.balance, -1);
  billing_reset();
}
END_TEST

/* --- siliconflow and moonshot -------------------------------------------- */

START_TEST(test_siliconflow) {
  billing_use_preset("siliconflow");
  ck_assert_str_eq(probe.path, "/user/info");
  ck_assert_int_eq(
      billing_read(
          "{\"code\":20000,\"message\":\"OK\",\"status\":true,\"data\":{"
          "\"id\":\"u\",\"balance\":\"0.5\",\"status\":\"normal\","
          "\"chargeBalance\":\"88\",\"totalBalance\":\"88.5\"}}"),
      CAUSE_OK);
  ck_assert_double_eq(result.balance, 88.5);
  ck_assert_int_eq(billing_read("{\"data\":{\"totalBalance\":\"-0.01\"}}"),
                   CAUSE_OK);
  ck_assert_double_eq(result.balance, -0.01);
  ck_assert_int_eq(billing_read("{\"code\":20000,\"data\":null}"),
                   CAUSE_BALANCE_UNKNOWN);
  billing_reset();
}
END_TEST

START_TEST(test_moonshot) {
  billing_use_preset("moonshot");
  ck_assert_str_eq(probe.path, "/users/me/balance");
  ck_assert_int_eq(
      billing_read(
          "{\"code\":0,\"data\":{\"available_balance\":49.5,"
          "\"voucher_balance\":46.5,\"cash_balance\":3},\"scode\":\"0x0\","
          "\"status\":true}"),
      CAUSE_OK);
  ck_assert_double_eq(result.balance, 49.5);
  billing_reset();
}
END_TEST

/* Their Chinese sites use yuan without saying so. */
START_TEST(test_amounts_in_yuan) {
  static const struct {
    const char *preset, *url;
    bool yuan;
  } cases[] = {{"moonshot", "https://api.moonshot.cn/v1", true},
               {"moonshot", "https://API.MOONSHOT.CN", true},
               {"moonshot", "https://api.moonshot.cn:443/v1", true},
               {"moonshot", "https://api.moonshot.ai/v1", false},
               {"moonshot", "https://gateway.example.com/moonshot.cn", false},
               {"moonshot", "https://cn", false},
               {"siliconflow", "https://api.siliconflow.cn/v1", true},
               {"siliconflow", "https://api.siliconflow.com/v1", false},
               {"holysheep", "https://relay.example.cn/v1", false},
               {"deepseek", "https://relay.example.cn", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    billing_use_preset(cases[i].preset);
    billing_preset_detect_currency(&probe, cases[i].url);
    ck_assert_msg(probe.in_yuan == cases[i].yuan, "%s", cases[i].url);
  }
  static const char balance[] = "{\"data\":{\"available_balance\":50}}";
  billing_use_preset("moonshot");
  billing_preset_detect_currency(&probe, "https://api.moonshot.cn/v1");
  ck_assert_int_eq(billing_read(balance), CAUSE_BALANCE_UNKNOWN);
  ck_assert_ptr_nonnull(strstr(result.advice, "Scale"));
  ck_assert(result.needs_scale);
  ck_assert_int_eq(billing_read("{\"data\":{\"available_balance\":null}}"),
                   CAUSE_BALANCE_UNKNOWN);
  ck_assert_ptr_null(result.advice); /* there is nothing to scale */
  ck_assert(!result.needs_scale);
  probe.scale = 0.14;
  ck_assert_int_eq(billing_read(balance), CAUSE_OK);
  ck_assert_double_eq_tol(result.balance, 7, 1e-12);
  billing_reset();
}
END_TEST

int main(void) {
  return UNIT_RUN("billing_sites", test_sub2api_quota,
                  test_sub2api_without_quota, test_sub2api_invalid_key,
                  test_minus_one_is_not_unlimited_elsewhere, test_siliconflow,
                  test_moonshot, test_amounts_in_yuan);
}
