/* The table of keys against the documented configuration. */
#include "config/config_items.h"

#include "model/settings.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

enum {
  P = SCOPE_PLUGIN,
  R = SCOPE_RELAY,
  M = SCOPE_MODELS,
  B = SCOPE_BILLING,
  C = SCOPE_CHAT,
};

static const struct contract {
  unsigned scopes;
  const char *name;
  enum config_type type;
  const char *default_value;
  double min, max;
} contract[] = {
    {P, "Relay", CONFIG_BLOCK, NULL, 0, 0},
    {P, "MaxConnections", CONFIG_COUNT, NULL, 1, 767},
    {P, "StateFile", CONFIG_TEXT, "holysheep.state", 0, 4095},
    {R, "BaseURL", CONFIG_URL, "https://api.holysheep.ai/v1", 0, 1024},
    {R, "APIKeyFile", CONFIG_FILE, NULL, 0, 4095},
    {R, "APIKeyEnv", CONFIG_VARIABLE, NULL, 0, 255},
    {R, "APIKey", CONFIG_SECRET, NULL, 0, 2047},
    {R, "KeyExpires", CONFIG_DATE, NULL, 0, 0},
    {R, "Interval", CONFIG_SECONDS, NULL, 0.1, 86400},
    {R, "RetryInterval", CONFIG_SECONDS, "10", 0.1, 86400},
    {R, "Timeout", CONFIG_MILLISECONDS, NULL, 100, 600000},
    {R, "VerifyPeer", CONFIG_BOOLEAN, "true", 0, 0},
    {R, "VerifyHost", CONFIG_BOOLEAN, "true", 0, 0},
    {R, "CACert", CONFIG_FILE, NULL, 0, 4095},
    {R, "AddressFamily", CONFIG_ADDRESS, "any", 0, 0},
    {R, "Proxy", CONFIG_PROXY, NULL, 0, 1024},
    {R, "Header", CONFIG_HEADERS, NULL, 0, 4096},
    {R, "KeepAlive", CONFIG_BOOLEAN, "false", 0, 0},
    {R, "AllowPlainHTTP", CONFIG_BOOLEAN, "false", 0, 0},
    {R, "MaxRequests", CONFIG_RATE, NULL, 1, 10000},
    {R, "Reference", CONFIG_BOOLEAN, "false", 0, 0},
    {R, "Models", CONFIG_BLOCK, NULL, 0, 0},
    {R, "Billing", CONFIG_BLOCK, NULL, 0, 0},
    {R, "Chat", CONFIG_BLOCK, NULL, 0, 0},
    {M | B | C, "Path", CONFIG_PATH, NULL, 0, 1024},
    {M | B | C, "Interval", CONFIG_SECONDS, NULL, 0.1, 86400},
    {M | B | C, "Timeout", CONFIG_MILLISECONDS, NULL, 100, 600000},
    {M, "Require", CONFIG_REQUIRED, NULL, 0, 255},
    {B, "RemainingKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "LimitKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "UsedKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "ExpiresKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "Scale", CONFIG_NUMBER, "1", 1e-12, 1e12},
    {C, "Prompt", CONFIG_TEXT, "ping", 0, 4096},
    {C, "MaxTokens", CONFIG_COUNT, "10", 1, 100000},
    {C, "MaxCompletionTokens", CONFIG_COUNT, NULL, 1, 100000},
    {C, "Stream", CONFIG_BOOLEAN, "false", 0, 0},
    {C, "PromptPrice", CONFIG_NUMBER, NULL, 0, 1e6},
    {C, "CompletionPrice", CONFIG_NUMBER, NULL, 0, 1e6},
    {C, "MaxCostPerDay", CONFIG_NUMBER, NULL, 1e-6, 1e6},
    {C, "Label", CONFIG_TEXT, NULL, 0, 255},
};

START_TEST(test_as_in_the_contract) {
  ck_assert_uint_eq(COUNT_OF(contract), config_item_count);
  for (size_t i = 0; i < COUNT_OF(contract); i++) {
    const struct contract *row = &contract[i];
    const struct config_item *key = config_item_find(row->name, row->scopes);
    ck_assert_msg(key != NULL, "%s", row->name);
    ck_assert_str_eq(key->name, row->name);
    ck_assert_uint_eq(key->scopes, row->scopes);
    ck_assert_int_eq(key->type, row->type);
    ck_assert_pstr_eq(key->default_value, row->default_value);
    ck_assert_double_eq(key->min, row->min);
    ck_assert_double_eq(key->max, row->max);
  }
}
END_TEST

START_TEST(test_each_is_explained) {
  for (size_t i = 0; i < config_item_count; i++) {
    const struct config_item *key = &config_items[i];
    ck_assert_msg(key->help != NULL, "%s", key->name);
    ck_assert_int_eq(key->help[strlen(key->help) - 1], '.');
    ck_assert(key->type == CONFIG_BLOCK || key->argument != NULL);
  }
}
END_TEST

START_TEST(test_no_name_twice_in_a_scope) {
  for (size_t i = 0; i < config_item_count; i++)
    for (size_t j = 0; j < i; j++)
      ck_assert(strcmp(config_items[i].name, config_items[j].name) != 0 ||
                (config_items[i].scopes & config_items[j].scopes) == 0);
}
END_TEST

/* --- names --------------------------------------------------------------- */

START_TEST(test_case_does_not_count) {
  ck_assert_ptr_eq(config_item_find("baseurl", R),
                   config_item_find("BaseURL", R));
  ck_assert_ptr_nonnull(config_item_find("TIMEOUT", C));
  ck_assert_ptr_null(config_item_find("BaseURLs", R));
  ck_assert_ptr_null(config_item_find("Base", R));
  ck_assert_ptr_null(config_item_find("", R));
}
END_TEST

START_TEST(test_each_in_its_scope) {
  ck_assert_ptr_null(config_item_find("BaseURL", P));
  ck_assert_ptr_null(config_item_find("Prompt", M | B));
  ck_assert_ptr_ne(config_item_find("Interval", R),
                   config_item_find("Interval", C));
}
END_TEST

START_TEST(test_the_nearest_name) {
  static const struct {
    const char *name;
    unsigned scope;
    const char *nearest;
  } cases[] = {{"Intervall", R, "Interval"},
               {"intervl", R, "Interval"},
               {"Proxi", R, "Proxy"},
               {"ApiKeyFil", R, "APIKeyFile"},
               {"API_Key", R, "APIKey"},
               {"APIToken", R, "APIKey"},
               {"RetryIntervals", R, "RetryInterval"},
               {"Intervall", C, "Interval"},
               {"Tokens", C, "MaxTokens"},
               {"Promt", C, "Prompt"},
               {"Promt", B, NULL},
               {"Relais", P, "Relay"},
               {"Frobnicate", R, NULL},
               {"", R, NULL},
               {"x", M, NULL},
               {"MaxTokensMaxTokensMaxTokensMaxTokensMaxTokens", C, NULL}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_pstr_eq(config_item_nearest(cases[i].name, cases[i].scope),
                      cases[i].nearest);
}
END_TEST

START_TEST(test_each_name_is_nearest_to_itself) {
  for (size_t i = 0; i < config_item_count; i++)
    for (unsigned scope = P; scope <= C; scope <<= 1)
      if ((config_items[i].scopes & scope) != 0)
        ck_assert_str_eq(config_item_nearest(config_items[i].name, scope),
                         config_items[i].name);
}
END_TEST

START_TEST(test_names_of_scopes) {
  static const char *const names[] = {"Plugin", "Relay", "Models", "Billing",
                                      "Chat"};
  for (unsigned i = 0; i < COUNT_OF(names); i++)
    ck_assert_str_eq(config_scope_name((enum config_scope)(1u << i)), names[i]);
}
END_TEST

int main(void) {
  return UNIT_RUN("config_items", test_as_in_the_contract,
                  test_each_is_explained, test_no_name_twice_in_a_scope,
                  test_case_does_not_count, test_each_in_its_scope,
                  test_the_nearest_name, test_each_name_is_nearest_to_itself,
                  test_names_of_scopes);
}
