/* The table of keys must match the documented configuration. */
#include "config/config_items.h"

#include "model/settings.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* The blocks in order, one bit each. */
enum { P = 1, R = 2, M = 4, B = 8, C = 16, A = 32, N = 64, E = 128 };
enum { BLOCKS = 8 };

static const struct documented {
  unsigned blocks;
  const char *name;
  enum config_type type;
  const char *default_value;
  double min, max;
} documented[] = {
    {P, "Relay", CONFIG_BLOCK, NULL, 0, 0},
    {P, "MaxConnections", CONFIG_COUNT, NULL, 1, 767},
    {P, "StateFile", CONFIG_TEXT, "holysheep.state", 0, 4095},
    {R, "BaseURL", CONFIG_URL, "https://api.holysheep.ai/v1", 0, 1024},
    {R, "APIKeyFile", CONFIG_KEY_FILE, NULL, 0, 4095},
    {R, "APIKeyEnv", CONFIG_VARIABLE, NULL, 0, 255},
    {R, "APIKey", CONFIG_SECRET, NULL, 0, 2047},
    {R, "KeyExpires", CONFIG_DATE, NULL, 0, 0},
    {R, "Interval", CONFIG_SECONDS, NULL, 0.1, 86400},
    {R, "RetryInterval", CONFIG_SECONDS, "2", 0.1, 86400},
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
    {R, "Messages", CONFIG_BLOCK, NULL, 0, 0},
    {R, "Responses", CONFIG_BLOCK, NULL, 0, 0},
    {R, "Embeddings", CONFIG_BLOCK, NULL, 0, 0},
    {M | B | C | A | N | E, "Path", CONFIG_PATH, NULL, 0, 1024},
    {M | B | C | A | N | E, "Interval", CONFIG_SECONDS, NULL, 0.1, 86400},
    {M | B | C | A | N | E, "Timeout", CONFIG_MILLISECONDS, NULL, 100, 600000},
    {M, "Require", CONFIG_REQUIRED, NULL, 0, 255},
    {B, "RemainingKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "LimitKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "UsedKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "ExpiresKey", CONFIG_TEXT, NULL, 0, 255},
    {B, "Scale", CONFIG_NUMBER, "1", 1e-12, 1e12},
    {C | A | N | E, "Prompt", CONFIG_TEXT, "ping", 0, 4096},
    {C | A | N, "Expect", CONFIG_TEXT, NULL, 0, 128},
    {C | A | N, "MaxTokens", CONFIG_COUNT, "16", 1, 100000},
    {C, "MaxCompletionTokens", CONFIG_COUNT, NULL, 1, 100000},
    {C | A | N, "Stream", CONFIG_BOOLEAN, "false", 0, 0},
    {C | A | N, "FirstTokenTimeout", CONFIG_MILLISECONDS, NULL, 100, 600000},
    {C | A | N, "ReasoningEffort", CONFIG_WORD, NULL, 0, 16},
    {C | A | N, "Extra", CONFIG_TEXT, NULL, 0, 4096},
    {C | A | N | E, "PromptPrice", CONFIG_NUMBER, NULL, 0, 1e6},
    {C | A | N, "CompletionPrice", CONFIG_NUMBER, NULL, 0, 1e6},
    {C | A | N | E, "MaxCostPerDay", CONFIG_NUMBER, NULL, 1e-6, 1e6},
    {C | A | N | E, "Share", CONFIG_COUNT, "1", 1, 1000},
    {C | A | N | E, "Label", CONFIG_TEXT, NULL, 0, 255},
};

/* Looks up a key in one of these blocks. */
static unsigned scopes_in(unsigned blocks) {
  size_t i = 0;
  while ((blocks >> i & 1) == 0)
    i++;
  return config_block_at(i).scopes;
}

static void check_value(const struct documented *row) {
  const struct config_item *key =
      config_item_find(row->name, scopes_in(row->blocks));
  ck_assert_msg(key != NULL, "%s", row->name);
  ck_assert_str_eq(key->name, row->name);
  for (size_t i = 0; i < BLOCKS; i++)
    ck_assert_msg((config_item_find(row->name, config_block_at(i).scopes) ==
                   key) == (row->blocks >> i & 1),
                  "%s in %s", row->name, config_block_at(i).name);
  ck_assert_int_eq(key->type, row->type);
  ck_assert_pstr_eq(key->default_value, row->default_value);
  ck_assert_double_eq(key->min, row->min);
  ck_assert_double_eq(key->max, row->max);
}

START_TEST(test_public_names_are_unchanged) {
  ck_assert_uint_eq(COUNT_OF(documented), config_item_count + probe_kind_count);
  for (size_t i = 0; i < COUNT_OF(documented); i++)
    if (documented[i].blocks == R && documented[i].type == CONFIG_BLOCK)
      ck_assert_str_eq(
          config_probe_find(documented[i].name, SCOPE_RELAY)->block,
          documented[i].name);
    else
      check_value(&documented[i]);
}
END_TEST

START_TEST(test_each_has_a_help_text) {
  for (size_t i = 0; i < config_item_count; i++) {
    const struct config_item *key = &config_items[i];
    ck_assert_msg(key->help != NULL, "%s", key->name);
    ck_assert_int_eq(key->help[strlen(key->help) - 1], '.');
    ck_assert(key->type == CONFIG_BLOCK || key->argument != NULL);
  }
}
END_TEST

static bool share_a_block(const struct config_item *a,
                          const struct config_item *b) {
  for (size_t i = 0; i < config_block_count(); i++)
    if ((a->scopes & config_block_at(i).scopes) != 0 &&
        (b->scopes & config_block_at(i).scopes) != 0)
      return true;
  return false;
}

START_TEST(test_names_are_unique_in_a_block) {
  for (size_t i = 0; i < config_item_count; i++)
    for (size_t j = 0; j < i; j++)
      ck_assert(strcmp(config_items[i].name, config_items[j].name) != 0 ||
                !share_a_block(&config_items[i], &config_items[j]));
}
END_TEST

/* --- names --------------------------------------------------------------- */

START_TEST(test_names_are_case_insensitive) {
  ck_assert_ptr_eq(config_item_find("baseurl", SCOPE_RELAY),
                   config_item_find("BaseURL", SCOPE_RELAY));
  ck_assert_ptr_nonnull(config_item_find("TIMEOUT", scopes_in(C)));
  ck_assert_ptr_null(config_item_find("BaseURLs", SCOPE_RELAY));
  ck_assert_ptr_null(config_item_find("Base", SCOPE_RELAY));
  ck_assert_ptr_null(config_item_find("", SCOPE_RELAY));
  ck_assert_ptr_eq(config_probe_find("CHAT", SCOPE_RELAY),
                   &probe_kinds[KIND_CHAT]);
  ck_assert_ptr_null(config_probe_find("Chats", SCOPE_RELAY));
}
END_TEST

START_TEST(test_scopes) {
  ck_assert_ptr_null(config_item_find("BaseURL", SCOPE_PLUGIN));
  ck_assert_ptr_null(config_item_find("Prompt", scopes_in(M) | scopes_in(B)));
  ck_assert_ptr_ne(config_item_find("Interval", SCOPE_RELAY),
                   config_item_find("Interval", scopes_in(C)));
  ck_assert_ptr_null(config_probe_find("Chat", SCOPE_PLUGIN));
  ck_assert_ptr_null(config_probe_find("Chat", scopes_in(C)));
}
END_TEST

START_TEST(test_nearest_name) {
  static const struct {
    const char *name;
    unsigned blocks;
    const char *nearest;
  } cases[] = {{"Intervall", R, "Interval"},
               {"intervl", R, "Interval"},
               {"Proxi", R, "Proxy"},
               {"ApiKeyFil", R, "APIKeyFile"},
               {"API_Key", R, "APIKey"},
               {"APIToken", R, "APIKey"},
               {"RetryIntervals", R, "RetryInterval"},
               {"Chatt", R, "Chat"},
               {"Model", R, "Models"},
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
    ck_assert_pstr_eq(
        config_name_nearest(cases[i].name, scopes_in(cases[i].blocks)),
        cases[i].nearest);
}
END_TEST

START_TEST(test_each_name_is_nearest_to_itself) {
  for (size_t i = 0; i < config_item_count; i++)
    for (size_t b = 0; b < config_block_count(); b++) {
      unsigned scopes = config_block_at(b).scopes;
      if ((config_items[i].scopes & scopes) != 0)
        ck_assert_str_eq(config_name_nearest(config_items[i].name, scopes),
                         config_items[i].name);
    }
}
END_TEST

START_TEST(test_names_of_blocks) {
  static const char *const names[BLOCKS] = {
      "Plugin", "Relay",    "Models",    "Billing",
      "Chat",   "Messages", "Responses", "Embeddings"};
  ck_assert_uint_eq(config_block_count(), BLOCKS);
  for (size_t i = 0; i < BLOCKS; i++)
    ck_assert_str_eq(config_block_at(i).name, names[i]);
}
END_TEST

int main(void) {
  return UNIT_RUN("config_items", test_public_names_are_unchanged,
                  test_each_has_a_help_text, test_names_are_unique_in_a_block,
                  test_names_are_case_insensitive, test_scopes,
                  test_nearest_name, test_each_name_is_nearest_to_itself,
                  test_names_of_blocks);
}
