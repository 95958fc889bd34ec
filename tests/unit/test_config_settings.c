/* The settings that result from a configuration. Errors are in
 * test_config_mistakes. */
#include "config_fixture.h"

#include "probe/probe_kind.h"
#include "state/system_files.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct config_fixture config;

/* The key for the relay's requests. */
static void check_key(size_t relay, const char *value) {
  struct key key;
  struct error error;
  key_init(&key, &config.settings.relays[relay].key, &system_files);
  ck_assert_msg(key_read(&key, 0, &error), "%s", error.text);
  ck_assert_str_eq(key.value, value);
}

static void read_lines(const char *lines) {
  ck_assert_msg(config_fixture_read(&config, lines), "%s", config.error.text);
}

/* Reads a configuration of one relay with these lines and a key. */
static const struct relay_settings *relay_with(const char *lines) {
  char text[2048];
  config_fixture_init(&config);
  snprintf(text, sizeof text,
           "<Relay \"main\">\n  APIKey \"sk-test\"\n%s\n</Relay>\n", lines);
  read_lines(text);
  ck_assert_uint_eq(config.settings.relay_count, 1);
  return &config.settings.relays[0];
}

static void check_probe(const struct probe_settings *probe,
                        const struct probe_kind *kind, double interval,
                        unsigned timeout_ms, const char *path) {
  ck_assert_ptr_eq(probe->kind, kind);
  ck_assert_int_eq(probe->interval, usec_of(interval));
  ck_assert_int_eq(probe->timeout, timeout_ms * (usec)USEC_PER_MSEC);
  ck_assert_str_eq(probe->path, path);
}

/* --- defaults ------------------------------------------------------------ */

START_TEST(test_relay_defaults) {
  const struct relay_settings *relay = relay_with("");
  ck_assert_str_eq(relay->name, "main");
  ck_assert_str_eq(relay->label, "main");
  ck_assert_str_eq(relay->base_url, "https://api.holysheep.ai/v1");
  check_key(0, "sk-test");
  ck_assert_int_eq(relay->retry_interval, usec_of(2));
  ck_assert_int_eq(relay->key_expires, 0);
  ck_assert(relay->verify_peer && relay->verify_host);
  ck_assert(!relay->keep_alive && !relay->allow_plain_http);
  ck_assert_int_eq(relay->address_family, ADDRESS_ANY);
  ck_assert_ptr_null(relay->proxy);
  ck_assert_ptr_null(relay->ca_cert);
  ck_assert_uint_eq(relay->header_count, 0);
  ck_assert_str_eq(config.warnings, "");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_default_probes) {
  const struct relay_settings *relay = relay_with("");
  ck_assert_uint_eq(relay->probe_count, 3);
  check_probe(&relay->probes[0], &probe_kinds[KIND_MODELS], 10, 10000,
              "/models");
  check_probe(&relay->probes[1], &probe_kinds[KIND_BILLING], 60, 10000,
              "/billing");
  check_probe(&relay->probes[2], &probe_kinds[KIND_CHAT], 60, 30000,
              "/chat/completions");
  ck_assert_str_eq(relay->probes[0].model_label, "");
  ck_assert_str_eq(relay->probes[1].remaining_key, "remaining");
  ck_assert_double_eq(relay->probes[1].scale, 1);
  ck_assert_str_eq(relay->probes[2].model, "gpt-4o-mini");
  ck_assert_str_eq(relay->probes[2].model_label, "gpt-4o-mini");
  ck_assert_str_eq(relay->probes[2].prompt, "ping");
  ck_assert_uint_eq(relay->probes[2].max_tokens, 16);
  config_fixture_free(&config);
}
END_TEST

/* --- intervals and timeouts ---------------------------------------------- */

START_TEST(test_long_plugin_interval) {
  config_fixture_init(&config);
  config.settings.interval = usec_of(300);
  read_lines("<Relay \"main\">\n  APIKey \"sk\"\n</Relay>\n");
  const struct relay_settings *relay = &config.settings.relays[0];
  for (size_t i = 0; i < 3; i++)
    ck_assert_int_eq(relay->probes[i].interval, 300 * USEC_PER_SEC);
  config_fixture_free(&config);
}
END_TEST

/* As in collectd's time: 107374182 units of 2^-30 s. */
START_TEST(test_shortest_interval) {
  config_fixture_init(&config);
  config.settings.interval = usec_of(107374182 / 1073741824.0);
  read_lines("<Relay \"main\">\n  APIKey \"sk\"\n</Relay>\n");
  config_fixture_free(&config);
  config_fixture_init(&config);
  config.settings.interval = usec_of(0.0999);
  ck_assert(!config_fixture_read(
      &config, "<Relay \"main\">\n  APIKey \"sk\"\n</Relay>\n"));
  config_fixture_free(&config);
}
END_TEST

/* The probe's own value, otherwise the relay's, for every kind. */
START_TEST(test_inheritance_of_settings) {
  const struct relay_settings *relay =
      relay_with("Interval 20.5\nTimeout 2500\n<Models>\n  Path "
                 "\"/m\"\n</Models>\n<Billing>\n  Interval 0.1\n  Timeout "
                 "100\n</Billing>\n<Chat \"a\">\n  Timeout 600000\n</Chat>\n");
  ck_assert_uint_eq(relay->probe_count, 3);
  check_probe(&relay->probes[0], &probe_kinds[KIND_MODELS], 20.5, 2500, "/m");
  check_probe(&relay->probes[1], &probe_kinds[KIND_BILLING], 0.1, 100,
              "/billing");
  check_probe(&relay->probes[2], &probe_kinds[KIND_CHAT], 20.5, 600000,
              "/chat/completions");
  config_fixture_free(&config);
}
END_TEST

/* --- probes --------------------------------------------------------------- */

START_TEST(test_only_configured_probes) {
  const struct relay_settings *relay = relay_with(
      "<Chat \"openai/gpt-4o\">\n  Prompt \"hi\"\n  MaxTokens 1\n</Chat>\n"
      "<Chat \"b\">\n  Label \"B 100%\"\n</Chat>\nChat \"c\"\n");
  ck_assert_uint_eq(relay->probe_count, 3);
  ck_assert_str_eq(relay->probes[0].model, "openai/gpt-4o");
  ck_assert_str_eq(relay->probes[0].model_label, "openai%2Fgpt-4o");
  ck_assert_str_eq(relay->probes[0].prompt, "hi");
  ck_assert_uint_eq(relay->probes[0].max_tokens, 1);
  ck_assert_str_eq(relay->probes[1].model, "b");
  ck_assert_str_eq(relay->probes[1].model_label, "B 100%25");
  ck_assert_str_eq(relay->probes[2].model_label, "c");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_custom_billing_path) {
  const struct relay_settings *relay =
      relay_with("<Billing>\n  Path \"/user/balance?a=%20\"\n  RemainingKey "
                 "\"data/0/x\"\n  Scale 0.000002\n</Billing>\n");
  ck_assert_uint_eq(relay->probe_count, 1);
  ck_assert_str_eq(relay->probes[0].path, "/user/balance?a=%20");
  ck_assert_str_eq(relay->probes[0].remaining_key, "data/0/x");
  ck_assert_double_eq(relay->probes[0].scale, 2e-6);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_presets) {
  const struct relay_settings *relay = relay_with("Billing \"OpenRouter\"\n");
  ck_assert_str_eq(relay->probes[0].path, "/credits");
  ck_assert_str_eq(relay->probes[0].limit_key, "data/total_credits");
  config_fixture_free(&config);
  relay = relay_with("<Billing \"new-api\">\n  Path \"/sub\"\n  ExpiresKey "
                     "\"until\"\n</Billing>\n");
  ck_assert_str_eq(relay->probes[0].path, "/sub");
  ck_assert_str_eq(relay->probes[0].expires_key, "until");
  ck_assert_str_eq(relay->probes[0].used_key, "total_usage");
  config_fixture_free(&config);
  relay = relay_with("<Billing>\n  LimitKey \"a\"\n  UsedKey \"b\"\n"
                     "</Billing>\n");
  ck_assert_str_eq(relay->probes[0].path, "/billing");
  ck_assert_ptr_null(relay->probes[0].remaining_key);
  config_fixture_free(&config);
}
END_TEST

/* The order of the relay's lines does not matter. */
START_TEST(test_balance_in_yuan) {
  ck_assert(relay_with("Billing \"moonshot\"\n  BaseURL "
                       "\"https://api.moonshot.cn/v1\"\n")
                ->probes[0]
                .in_yuan);
  config_fixture_free(&config);
  ck_assert(!relay_with("BaseURL \"https://api.moonshot.ai/v1\"\n  Billing "
                        "\"moonshot\"\n")
                 ->probes[0]
                 .in_yuan);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_required_models) {
  const struct relay_settings *relay =
      relay_with("<Models>\n  Require \"a\" \"openai/b\"\n  Require \"c\"\n"
                 "</Models>\n");
  const struct probe_settings *probe = &relay->probes[0];
  ck_assert_uint_eq(probe->required_count, 3);
  ck_assert_str_eq(probe->required[1].id, "openai/b");
  ck_assert_str_eq(probe->required[1].label, "openai%2Fb");
  ck_assert_str_eq(probe->required[2].id, "c");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_chat_settings) {
  const struct relay_settings *relay =
      relay_with("<Chat \"a\">\n  Stream true\n  MaxCompletionTokens 500\n"
                 "  PromptPrice 0.15\n  CompletionPrice 0\n"
                 "  MaxCostPerDay 0.5\n  Share 3\n</Chat>\nChat \"b\"\n");
  const struct probe_settings *probe = &relay->probes[0];
  ck_assert(probe->stream);
  ck_assert_uint_eq(probe->max_completion_tokens, 500);
  ck_assert_double_eq(probe->prompt_price, 0.15);
  ck_assert_double_eq(probe->completion_price, 0);
  ck_assert_double_eq(probe->max_cost_per_day, 0.5);
  ck_assert_uint_eq(probe->share, 3);
  ck_assert_int_eq(probe->interval, usec_of(180));
  probe = &relay->probes[1];
  ck_assert(!probe->stream);
  ck_assert_uint_eq(probe->max_completion_tokens, 0);
  ck_assert_double_lt(probe->prompt_price, 0);
  ck_assert_double_lt(probe->completion_price, 0);
  ck_assert_double_eq(probe->max_cost_per_day, 0);
  ck_assert_uint_eq(probe->share, 1);
  ck_assert_int_eq(probe->interval, usec_of(60));
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_rates) {
  const struct relay_settings *relay = relay_with("");
  ck_assert_uint_eq(relay->max_requests, 0);
  ck_assert(!relay->reference);
  config_fixture_free(&config);
  relay = relay_with("MaxRequests 10\nReference true\n");
  ck_assert_uint_eq(relay->max_requests, 10);
  ck_assert_int_eq(relay->max_requests_span, usec_of(60));
  ck_assert(relay->reference);
  config_fixture_free(&config);
  relay = relay_with("MaxRequests 10000 1.5\n");
  ck_assert_uint_eq(relay->max_requests, 10000);
  ck_assert_int_eq(relay->max_requests_span, usec_of(1.5));
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_state_files) {
  config_fixture_init(&config);
  read_lines("");
  ck_assert_str_eq(config.settings.state_file, "holysheep.state");
  config_fixture_free(&config);
  config_fixture_init(&config);
  read_lines("StateFile \"/var/lib/x.state\"\n");
  read_lines("MaxConnections 5\n"); /* another block does not change it */
  ck_assert_str_eq(config.settings.state_file, "/var/lib/x.state");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_maximum_number_of_models) {
  char lines[4096] = "";
  for (unsigned i = 0; i < 64; i++)
    sprintf(lines + strlen(lines), "Chat \"m%u\"\n", i);
  config_fixture_init(&config);
  char text[8192];
  snprintf(text, sizeof text, "<Relay \"main\">\n  APIKey \"sk\"\n%s</Relay>\n",
           lines);
  read_lines(text);
  ck_assert_uint_eq(config.settings.relays[0].probe_count, 64);
  config_fixture_free(&config);
}
END_TEST

/* --- other settings of a relay -------------------------------------------- */

START_TEST(test_all_keys_set) {
  const struct relay_settings *relay = relay_with(
      "BaseURL \"http://127.0.0.1:8080/v1//\"\nKeyExpires \"2027-01-31\"\n"
      "RetryInterval 5\nVerifyPeer false\nVerifyHost off\nKeepAlive yes\n"
      "AddressFamily \"IPv6\"\nProxy \"http://localhost:3128/\"\n"
      "Header \"X-One: 1\"\nheader \"X-Two:2\"\nCACert \"/dev/null\"\n");
  ck_assert_str_eq(relay->base_url, "http://127.0.0.1:8080/v1");
  ck_assert_int_eq(relay->key_expires, 1801353600);
  ck_assert_int_eq(relay->retry_interval, usec_of(5));
  ck_assert(!relay->verify_peer && !relay->verify_host && relay->keep_alive);
  ck_assert_int_eq(relay->address_family, ADDRESS_IPV6);
  ck_assert_str_eq(relay->proxy, "http://localhost:3128");
  ck_assert_str_eq(relay->ca_cert, "/dev/null");
  ck_assert_uint_eq(relay->header_count, 2);
  ck_assert_str_eq(relay->headers[0], "X-One: 1");
  ck_assert_str_eq(relay->headers[1], "X-Two:2");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_allow_plain_http) {
  const struct relay_settings *relay =
      relay_with("BaseURL \"http://relay.test/v1\"\nAllowPlainHTTP true\n");
  ck_assert(relay->allow_plain_http);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_names_become_labels) {
  config_fixture_init(&config);
  read_lines("<Relay \"a/b,c=d\">\n  APIKey \"sk\"\n</Relay>\n");
  ck_assert_str_eq(config.settings.relays[0].name, "a/b,c=d");
  ck_assert_str_eq(config.settings.relays[0].label, "a%2Fb_c_d");
  config_fixture_free(&config);
}
END_TEST

/* --- key sources ---------------------------------------------------------- */

START_TEST(test_key_from_the_environment) {
  ck_assert_int_eq(setenv("HOLYSHEEP_API_KEY", "sk-default", 1), 0);
  ck_assert_int_eq(setenv("OTHER_KEY", "sk-other", 1), 0);
  config_fixture_init(&config);
  read_lines("Relay \"a\"\n<Relay \"b\">\n  APIKeyEnv \"OTHER_KEY\"\n"
             "</Relay>\n");
  check_key(0, "sk-default");
  ck_assert_str_eq(config.settings.relays[0].key.name, "HOLYSHEEP_API_KEY");
  check_key(1, "sk-other");
  ck_assert_str_eq(config.settings.relays[1].key.name, "OTHER_KEY");
  config_fixture_free(&config);
}
END_TEST

static void check_key_file(mode_t mode, bool warned) {
  char path[] = "/tmp/holysheep-conf-XXXXXX", text[128], warning[256];
  int file = mkstemp(path);
  ck_assert_int_ge(file, 0);
  ck_assert_int_eq(write(file, "sk-file\n", 8), 8);
  ck_assert_int_eq(fchmod(file, mode), 0);
  ck_assert_int_eq(close(file), 0);
  config_fixture_init(&config);
  snprintf(text, sizeof text, "<Relay \"a\">\n  APIKeyFile \"%s\"\n</Relay>\n",
           path);
  read_lines(text);
  check_key(0, "sk-file");
  ck_assert_str_eq(config.settings.relays[0].key.name, path);
  snprintf(warning, sizeof warning,
           "Relay \"a\": every user on this host can read the API key: run "
           "chmod o-r %s\n",
           path);
  ck_assert_str_eq(config.warnings, warned ? warning : "");
  config_fixture_free(&config);
  unlink(path);
}

START_TEST(test_key_from_a_file) {
  check_key_file(0600, false);
  check_key_file(0640, false);
  check_key_file(0644, true);
}
END_TEST

/* --- several blocks ------------------------------------------------------ */

START_TEST(test_several_plugin_blocks) {
  config_fixture_init(&config);
  read_lines("MaxConnections 5\n<Relay \"a\">\n  APIKey \"sk-a\"\n</Relay>\n");
  read_lines("<Relay \"b\">\n  APIKey \"sk-b\"\n</Relay>\n");
  ck_assert_uint_eq(config.settings.max_connections, 5);
  ck_assert_uint_eq(config.settings.relay_count, 2);
  check_key(0, "sk-a");
  check_key(1, "sk-b");
  ck_assert(!config_fixture_read(&config,
                                 "<Relay \"a\">\n  APIKey \"sk\"\n</Relay>\n"));
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_empty_configuration) {
  config_fixture_init(&config);
  read_lines("");
  ck_assert_uint_eq(config.settings.relay_count, 0);
  ck_assert_str_eq(config.warnings, "");
  config_fixture_free(&config);
}
END_TEST

/* --- warnings ------------------------------------------------------------- */

START_TEST(test_timeouts_as_long_as_the_interval) {
  relay_with("Interval 5\nTimeout 5000\n<Models>\n  Path \"/m\"\n</Models>\n"
             "<Chat \"a\">\n  Interval 60\n</Chat>\n");
  ck_assert_str_eq(
      config.warnings,
      "Relay \"main\": Models: Timeout 5000 ms is not shorter than Interval 5 "
      "s: probes will be skipped while the relay hangs\n");
  config_fixture_free(&config);
  relay_with("Timeout 9999\n");
  ck_assert_str_eq(config.warnings, "");
  config_fixture_free(&config);
}
END_TEST

/* Defaults give no warning unless the interval is below them. */
START_TEST(test_default_timeouts) {
  config_fixture_init(&config);
  config.settings.interval = usec_of(5);
  read_lines("<Relay \"main\">\n  APIKey \"sk\"\n</Relay>\n");
  ck_assert_str_eq(
      config.warnings,
      "Relay \"main\": Models: Timeout 10000 ms is not shorter than Interval 5 "
      "s: probes will be skipped while the relay hangs\n");
  config_fixture_free(&config);
}
END_TEST

/* Each has its own line, with the name used in metrics. */
START_TEST(test_timeouts_of_several_completions) {
  relay_with("Interval 5\nTimeout 5000\n<Chat \"a\">\n  MaxTokens 5\n</Chat>\n"
             "<Chat \"a\">\n  Label \"b\"\n</Chat>\n");
#define SKIPPED                                                                \
  ": Timeout 5000 ms is not shorter than Interval 5 s: probes will be "        \
  "skipped while the "                                                         \
  "relay hangs\n"
  ck_assert_str_eq(config.warnings, "Relay \"main\": Chat \"a\"" SKIPPED
                                    "Relay \"main\": Chat \"b\"" SKIPPED);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_unset_variables) {
  ck_assert_int_eq(unsetenv("HOLYSHEEP_API_KEY"), 0);
  config_fixture_init(&config);
  config.check_only = true;
  read_lines("<Relay \"a\">\n  Interval 60\n</Relay>\n");
  ck_assert_str_eq(config.warnings,
                   "Relay \"a\": no API key: set APIKeyFile \"/path\", or the "
                   "variable HOLYSHEEP_API_KEY in collectd's environment\n");
  ck_assert(!config_fixture_read(
      &config, "<Relay \"b\">\n  APIKey \"a b\"\n</Relay>\n"));
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_warnings_are_single_lines) {
  config_fixture_init(&config);
  read_lines("<Relay \"a\nb\">\n  APIKey \"sk\"\n  Interval 1\n  <Models>\n"
             "    Path \"/\"\n  </Models>\n</Relay>\n");
  ck_assert_int_eq(strncmp(config.warnings, "Relay \"a b\": Models: ", 21), 0);
  config_fixture_free(&config);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "config", test_relay_defaults, test_default_probes,
      test_long_plugin_interval, test_shortest_interval,
      test_inheritance_of_settings, test_only_configured_probes,
      test_custom_billing_path, test_presets, test_balance_in_yuan,
      test_required_models, test_chat_settings, test_rates, test_state_files,
      test_maximum_number_of_models, test_all_keys_set, test_allow_plain_http,
      test_names_become_labels, test_key_from_the_environment,
      test_key_from_a_file, test_several_plugin_blocks,
      test_empty_configuration, test_timeouts_as_long_as_the_interval,
      test_default_timeouts, test_timeouts_of_several_completions,
      test_unset_variables, test_warnings_are_single_lines);
}
