/* Errors in the configuration: each gives one line that says what would be
 * right and shows no secret. */
#include "config_fixture.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct config_fixture config;

#define KEY "  APIKey \"sk-test\"\n"

/* --- locations ------------------------------------------------------------ */

static unsigned line_of(const char *lines) {
  config_fixture_init(&config);
  ck_assert_msg(!config_fixture_read(&config, lines), "%s", lines);
  config_fixture_free(&config);
  return config.line;
}

START_TEST(test_line_numbers) {
  ck_assert_uint_eq(line_of("<Relay \"a\">\n  Timeout 30\n" KEY "</Relay>\n"),
                    2);
  ck_assert_uint_eq(line_of("\n<Relay \"a\">\n" KEY "  <Chat \"m\">\n"
                            "    MaxTokens 0\n  </Chat>\n</Relay>\n"),
                    5);
  /* A missing key is reported at its block. */
  ck_assert_uint_eq(line_of("\n<Relay \"a\">\n" KEY "  <Chat \"m\">\n"
                            "    MaxCostPerDay 1\n  </Chat>\n</Relay>\n"),
                    2);
  ck_assert_uint_eq(line_of("<Relay \"a\">\n" KEY
                            "</Relay>\n<Relay \"a\">\n" KEY "</Relay>\n"),
                    4);
}
END_TEST

/* --- keys ---------------------------------------------------------------- */

START_TEST(test_unknown_names) {
  static const struct config_mistake mistakes[] = {
      {"Intervall 10", "Intervall: unknown key, did you mean Interval?"},
      {"Frobnicate 10", "Frobnicate: unknown key, see collectd-holysheep(5)"},
      {"MaxTokens 5",
       "MaxTokens: is only allowed in <Chat>, <Messages> or <Responses>"},
      {"Prompt \"a\"", "Prompt: is only allowed in <Chat>, <Messages>, "
                       "<Responses> or <Embeddings>"}, /* not
                                             Proxy
                                           */
      {"prompt \"a\"", "prompt: is only allowed in <Chat>, <Messages>, "
                       "<Responses> or <Embeddings>"},
      {"Path \"/\"", "Path: is only allowed in <Models>, <Billing>, <Chat>, "
                     "<Messages>, <Responses> or <Embeddings>"},
      {"RemainingKey \"a\"", "RemainingKey: is only allowed in <Billing>"},
      {"MaxConnections 5", "MaxConnections: is only allowed in <Plugin>"},
      {"<Models>\n  Prompt \"x\"\n</Models>",
       "Models: Prompt: is only allowed in <Chat>, <Messages>, <Responses> or "
       "<Embeddings>"},
      {"<Models>\n  Share 3\n</Models>",
       "Models: Share: is only allowed in <Chat>, <Messages>, <Responses> or "
       "<Embeddings>"},
      {"<Models>\n  Chat \"x\"\n</Models>",
       "Models: Chat: is only allowed in <Relay>"}, /* not Path */
      {"<Chat \"m\">\n  Header \"a: b\"\n</Chat>",
       "Chat \"m\": Header: is only allowed in <Relay>"},
      {"Interval 10\nINTERVAL 10", "Interval: is given twice"},
      {"<Models>\n  Path \"/a\"\n</Models>\n<Models>\n  Path \"/b\"\n"
       "</Models>",
       "Models: is given twice"},
      {"Interval 10 20", "Interval: takes one value, not 2"},
      {"<Interval>\n  Path \"/\"\n</Interval>",
       "Interval: must be a value, not a block"},
      {"<Models \"x\">\n  Path \"/\"\n</Models>",
       "Models: the block takes no argument"},
      {"Billing true", "Billing true: must be a string in quotes"},
      {"<Billing \"new-api\" \"deepseek\">\n  Path \"/\"\n</Billing>",
       "Billing: requires one name in quotes"},
      {"Billing \"oneapi\"",
       "Billing \"oneapi\": must be \"holysheep\", "
       "\"new-api\", \"openrouter\", \"deepseek\", "
       "\"sub2api\", \"siliconflow\", \"moonshot\" or \"auto\""},
      {"<Chat>\n  MaxTokens 5\n</Chat>", "Chat: requires one name in quotes"},
      {"<Chat \"a\" \"b\">\n  MaxTokens 5\n</Chat>",
       "Chat: requires one name in quotes"},
      {"Chat 5", "Chat 5: must be a string in quotes"},
      {"Chat \"\"", "Chat \"\": must not be empty"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

/* --- values -------------------------------------------------------------- */

START_TEST(test_numbers) {
  static const struct config_mistake mistakes[] = {
      {"Timeout 30", "Timeout 30: is in milliseconds, did you mean 30000?"},
      {"Timeout 0.5", "Timeout 0.5: is in milliseconds, did you mean 500?"},
      {"Timeout 99", "Timeout 99: is in milliseconds, did you mean 99000?"},
      {"Timeout 0", "Timeout 0: must be a number from 100 to 600000"},
      {"Timeout -5", "Timeout -5: must be a number from 100 to 600000"},
      {"Timeout 600001", "Timeout 600001: must be a number from 100 to 600000"},
      {"Timeout 1000.5", "Timeout 1000.5: must be a whole number"},
      {"Timeout \"5000\"", "Timeout \"5000\": must be a number without quotes"},
      {"Timeout true", "Timeout true: must be a number without quotes"},
      {"Interval 0.09", "Interval 0.09: must be a number from 0.1 to 86400"},
      {"Interval 86401", "Interval 86401: must be a number from 0.1 to 86400"},
      {"<Chat \"m\">\n  MaxTokens 0\n</Chat>",
       "Chat \"m\": MaxTokens 0: must be a number from 1 to 100000"},
      {"<Chat \"m\">\n  Share 0\n</Chat>",
       "Chat \"m\": Share 0: must be a number from 1 to 1000"},
      {"<Chat \"m\">\n  Interval 600\n  Share 145\n</Chat>",
       "Chat \"m\": Share 145: at Interval 600 s, a host's turn would come "
       "every 87000 s: must be at most 144"},
      {"<Chat \"m\">\n  Timeout 30\n</Chat>",
       "Chat \"m\": Timeout 30: is in milliseconds, did you mean 30000?"},
      {"<Billing>\n  Scale 0\n</Billing>",
       "Billing: Scale 0: must be a number from 1e-12 to 1e+12"},
      {"<Billing>\n  Scale -1\n</Billing>",
       "Billing: Scale -1: must be a number from 1e-12 to 1e+12"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

START_TEST(test_other_values) {
  static const struct config_mistake mistakes[] = {
      {"KeepAlive \"true\"",
       "KeepAlive \"true\": must be true or false without quotes"},
      {"VerifyPeer 1", "VerifyPeer 1: must be true or false without quotes"},
      {"AddressFamily \"ipv5\"",
       "AddressFamily \"ipv5\": must be \"any\", \"ipv4\" or \"ipv6\""},
      {"AddressFamily 4",
       "AddressFamily 4: must be \"any\", \"ipv4\" or \"ipv6\""},
      {"APIKeyEnv \"sk-hidden\"",
       "APIKeyEnv: must be the name of an environment variable, such as "
       "HOLYSHEEP_API_KEY"},
      {"APIKeyFile \"sk-hidden\"",
       "APIKeyFile: must be an absolute path: collectd changes its working "
       "directory after it has read its configuration"},
      {"CACert \"ca.pem\"",
       "CACert: must be an absolute path: collectd changes its working "
       "directory after it has read its configuration"},
      {"CACert \"/nowhere/ca.pem\"",
       "CACert \"/nowhere/ca.pem\": cannot be read: No such file or "
       "directory"},
      {"CACert true", "CACert true: must be a string in quotes"},
      {"MaxRequests 0", "MaxRequests 0: must be a number from 1 to 10000"},
      {"MaxRequests 1.5", "MaxRequests 1.5: must be a whole number"},
      {"MaxRequests \"10\"",
       "MaxRequests \"10\": must be a number without quotes"},
      {"MaxRequests 10 0", "MaxRequests 0: must be a number from 1 to 86400"},
      {"MaxRequests 10 60 5", "MaxRequests: takes one to 2 values, not 3"},
      {"MaxRequests 10\nMaxRequests 20", "MaxRequests: is given twice"},
      {"Reference \"true\"",
       "Reference \"true\": must be true or false without quotes"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

START_TEST(test_values_of_models_and_billing) {
  static const struct config_mistake mistakes[] = {
      {"<Models>\n  Path \"models\"\n</Models>",
       "Models: Path \"models\": must be a path that starts with /"},
      {"<Billing>\n  RemainingKey \"\"\n</Billing>",
       "Billing: RemainingKey \"\": must not be empty"},
      {"<Billing>\n  LimitKey \"a\"\n</Billing>",
       "Billing: LimitKey: set RemainingKey, or both LimitKey and UsedKey"},
      {"<Billing>\n  UsedKey \"a\"\n</Billing>",
       "Billing: UsedKey: set RemainingKey, or both LimitKey and UsedKey"},
      {"<Models>\n  Require 5\n</Models>",
       "Models: Require 5: must be a string in quotes"},
      {"<Models>\n  Require \"a\" \"\"\n</Models>",
       "Models: Require \"\": must not be empty"},
      {"<Models>\n  Require \"a\"\n  Require \"b\" \"a\"\n</Models>",
       "Models: Require \"a\": another one looks the same in the metrics"},
      {"<Models>\n  Require \"a,b\" \"a=b\"\n</Models>",
       "Models: Require \"a=b\": another one looks the same in the metrics"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

START_TEST(test_values_of_chat) {
  static const struct config_mistake mistakes[] = {
      {"<Chat \"m\">\n  MaxCostPerDay 1\n</Chat>",
       "Chat \"m\": MaxCostPerDay: requires PromptPrice and CompletionPrice"},
      {"<Chat \"m\">\n  MaxCostPerDay 1\n  PromptPrice 1\n</Chat>",
       "Chat \"m\": MaxCostPerDay: requires PromptPrice and CompletionPrice"},
      {"<Chat \"m\">\n  MaxCostPerDay 0.001\n  PromptPrice 100\n"
       "  CompletionPrice 100\n</Chat>",
       "Chat \"m\": MaxCostPerDay: a single completion may cost 0.0024, so "
       "none would ever be sent: must be at least that"},
      {"<Chat \"m\">\n  PromptPrice -1\n</Chat>",
       "Chat \"m\": PromptPrice -1: must be a number from 0 to 1000000"},
      {"<Chat \"m\">\n  MaxCostPerDay 0\n</Chat>",
       "Chat \"m\": MaxCostPerDay 0: must be a number from 1e-06 to 1000000"},
      {"<Chat \"m\">\n  Stream \"yes\"\n</Chat>",
       "Chat \"m\": Stream \"yes\": must be true or false without quotes"},
      {"<Chat \"m\">\n  MaxCompletionTokens 0\n</Chat>",
       "Chat \"m\": MaxCompletionTokens 0: must be a number from 1 to 100000"},
      {"<Chat \"m\">\n  Prompt \"\xFF\"\n</Chat>",
       "Chat \"m\": Prompt \"?\": is not valid UTF-8"}};
  config_fixture_refuses_in_relay(mistakes, COUNT_OF(mistakes), KEY);
}
END_TEST

START_TEST(test_paths) {
  static const char odd[] = " \"#<>\\^`{|}\x7F\t\n";
  for (size_t i = 0; i < strlen(odd); i++) {
    char lines[256];
    bool quote = odd[i] == '"' || odd[i] == '\\';
    snprintf(lines, sizeof lines,
             "<Relay \"main\">\n" KEY "<Models>\n  Path \"/a%s%cb\"\n"
             "</Models>\n</Relay>\n",
             quote ? "\\" : "", odd[i]);
    config_fixture_init(&config);
    ck_assert(!config_fixture_read(&config, lines));
    ck_assert_ptr_nonnull(strstr(config.error.text,
                                 "contains a character that is not allowed in "
                                 "the path of a URL; write it as %XX"));
    config_fixture_free(&config);
  }
}
END_TEST

/* sscanf would also accept spaces and signs. */
START_TEST(test_dates) {
  static const char *const odd[] = {"soon",        "2027-1-31",  "27-01-31",
                                    "2027-01-31 ", " 2027-1-31", "2027- 1-31",
                                    "2027-+1-31",  "2027/01/31", "+027-01-31",
                                    "2027-01-3x",  "20270131",   "2027-01-311"};
  static const char *const none[] = {"2027-02-30", "2027-00-10", "2027-13-01",
                                     "2027-01-00", "2027-01-32", "2026-02-29",
                                     "1970-01-01", "1969-12-31", "0000-01-01"};
  char lines[64], message[128];
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    snprintf(lines, sizeof lines, "KeyExpires \"%s\"", odd[i]);
    snprintf(message, sizeof message,
             "KeyExpires \"%s\": must be a date such as \"2027-01-31\"",
             odd[i]);
    config_fixture_refuses_in_relay(&(struct config_mistake){lines, message}, 1,
                                    KEY);
  }
  for (size_t i = 0; i < COUNT_OF(none); i++) {
    snprintf(lines, sizeof lines, "KeyExpires \"%s\"", none[i]);
    snprintf(message, sizeof message,
             "KeyExpires \"%s\": this date does not exist", none[i]);
    config_fixture_refuses_in_relay(&(struct config_mistake){lines, message}, 1,
                                    KEY);
  }
}
END_TEST

/* --- labels that collide -------------------------------------------------- */

START_TEST(test_models_with_equal_labels) {
  static const char message[] =
      "Relay \"main\": Chat \"a=b\": another model looks the same in the "
      "metrics: give one of them a Label";
  config_fixture_refuses("<Relay \"main\">\n" KEY
                         "Chat \"a,b\"\nChat \"a=b\"\n</Relay>\n",
                         message);
  config_fixture_refuses(
      "<Relay \"main\">\n" KEY "<Chat \"x\">\n  Label \"a b\"\n</Chat>\n"
      "Chat \"c\"\n<Chat \"a=b\">\n  Label \"a b\"\n</Chat>\n</Relay>\n",
      message);
}
END_TEST

START_TEST(test_relays_with_equal_labels) {
  config_fixture_refuses(
      "<Relay \"a,b\">\n" KEY "</Relay>\n<Relay \"a=b\">\n" KEY "</Relay>\n",
      "Relay \"a=b\": another Relay looks the same in the metrics: each "
      "needs a unique name");
}
END_TEST

START_TEST(test_names_that_are_too_long) {
  char lines[512], wanted[512], name[101];
  memset(name, 'm', sizeof name);
  name[100] = '\0';
  snprintf(lines, sizeof lines, "<Relay \"%s\">\n" KEY "</Relay>\n", name);
  snprintf(wanted, sizeof wanted,
           "Relay \"%s\": the name is too long for collectd: at most 55 bytes "
           "are allowed",
           name);
  config_fixture_refuses(lines, wanted);
  snprintf(lines, sizeof lines,
           "<Relay \"main\">\n" KEY "Chat \"%s\"\n</Relay>\n", name);
  snprintf(wanted, sizeof wanted,
           "Relay \"main\": Chat \"%s\": the name is too long for a collectd "
           "label: set Label, at most 55 bytes",
           name);
  config_fixture_refuses(lines, wanted);
  name[55] = '\0';
  snprintf(lines, sizeof lines,
           "<Relay \"%s\">\n" KEY "Chat \"%s\"\n</Relay>\n", name, name);
  config_fixture_init(&config);
  ck_assert_msg(config_fixture_read(&config, lines), "%s", config.error.text);
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_max_requests_below_two) {
  config_fixture_refuses(
      "<Relay \"main\">\n" KEY "  MaxRequests 1\n  Billing \"new-api\"\n"
      "</Relay>\n",
      "Relay \"main\": MaxRequests 1: Billing \"new-api\" makes 2 "
      "requests: must be at least 2");
  config_fixture_refuses(
      "<Relay \"main\">\n" KEY "  MaxRequests 7\n  Billing \"auto\"\n"
      "</Relay>\n",
      "Relay \"main\": MaxRequests 7: Billing \"auto\" makes up to 8 "
      "requests: must be at least 8");
}
END_TEST

/* --- the plugin block ----------------------------------------------------- */

START_TEST(test_too_many_required_models) {
  char lines[4096] = "<Relay \"main\">\n" KEY "<Models>\n";
  for (unsigned i = 0; i < REQUIRED_MAX + 1; i++)
    sprintf(lines + strlen(lines), "  Require \"m%u\"\n", i);
  strcat(lines, "</Models>\n</Relay>\n");
  config_fixture_refuses(
      lines, "Relay \"main\": Models: Require \"m64\": too many: at most 64 "
             "are allowed");
}
END_TEST

START_TEST(test_required_model_too_long) {
  config_fixture_refuses(
      "<Relay \"main\">\n" KEY "<Models>\n  Require "
      "\"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\"\n"
      "</Models>\n</Relay>\n",
      "Relay \"main\": Models: Require "
      "\"mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm\": is too "
      "long for a collectd label: at most 55 bytes are allowed");
}
END_TEST

START_TEST(test_two_reference_relays) {
  config_fixture_refuses(
      "<Relay \"a\">\n" KEY "  Reference true\n</Relay>\n"
      "<Relay \"b\">\n" KEY "</Relay>\n"
      "<Relay \"c\">\n" KEY "  Reference true\n</Relay>\n",
      "Relay \"c\": Reference true: Relay \"a\" is already the reference, "
      "only one is allowed");
}
END_TEST

/* A key in one block must not be repeated in another. */
START_TEST(test_errors_across_plugin_blocks) {
  config_fixture_init(&config);
  ck_assert(config_fixture_read(&config, "MaxConnections 5\n"));
  ck_assert(config_fixture_read(&config, "StateFile \"/state\"\n"));
  ck_assert(!config_fixture_read(&config, "MaxConnections 6\n"));
  ck_assert_str_eq(config.error.text, "MaxConnections: is given twice");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_plugin_interval) {
  config_fixture_init(&config);
  config.settings.interval = USEC_PER_SEC / 100;
  ck_assert(!config_fixture_read(&config, ""));
  ck_assert_str_eq(config.error.text,
                   "LoadPlugin: Interval 0.01: must be at least 0.1");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_values_in_the_plugin_block) {
  config_fixture_refuses("StateFile 5\n",
                         "StateFile 5: must be a string in quotes");
  config_fixture_refuses("StateFile \"\"\n",
                         "StateFile \"\": must not be empty");
  config_fixture_refuses("Relais \"main\"\n",
                         "Relais: unknown key, did you mean Relay?");
  config_fixture_refuses("BaseURL \"https://relay.test\"\n",
                         "BaseURL: is only allowed in <Relay>");
  config_fixture_refuses("MaxConnections 768\n",
                         "MaxConnections 768: must be a number from 1 to 767");
  config_fixture_refuses("MaxConnections 5\nMaxConnections 5\n",
                         "MaxConnections: is given twice");
  config_fixture_refuses("<Relay>\n" KEY "</Relay>\n",
                         "Relay: requires one name in quotes");
  config_fixture_refuses("<Relay true>\n" KEY "</Relay>\n",
                         "Relay true: must be a string in quotes");
}
END_TEST

/* The error is one line, whatever characters names contain. */
START_TEST(test_messages_are_one_line) {
  config_fixture_refuses(
      "<Relay \"a\nb\">\n" KEY "  Timeout 30\n</Relay>\n",
      "Relay \"a b\": Timeout 30: is in milliseconds, did you mean 30000?");
  config_fixture_refuses(
      "<Relay \"main\">\n" KEY "<Chat \"a\r\nb\">\n  Timeout 30\n</Chat>\n"
      "</Relay>\n",
      "Relay \"main\": Chat \"a  b\": Timeout 30: is in milliseconds, did "
      "you mean 30000?");
}
END_TEST

/* --- maximum counts ------------------------------------------------------- */

START_TEST(test_too_many_models) {
  char lines[2048] = "<Relay \"main\">\n" KEY;
  for (unsigned i = 0; i < 65; i++)
    sprintf(lines + strlen(lines), "Chat \"m%u\"\n", i);
  strcat(lines, "</Relay>\n");
  config_fixture_refuses(
      lines, "Relay \"main\": Chat: too many: at most 64 are allowed");
}
END_TEST

START_TEST(test_too_many_timeouts) {
  char lines[4096] = "<Relay \"main\">\n" KEY;
  for (unsigned i = 0; i < 16; i++)
    sprintf(lines + strlen(lines), "<Chat \"m%u\">\n  Timeout %u\n</Chat>\n", i,
            1000 + i);
  strcat(lines, "</Relay>\n");
  config_fixture_init(&config);
  ck_assert_msg(config_fixture_read(&config, lines), "%s", config.error.text);
  ck_assert(!config_fixture_read(&config,
                                 "<Relay \"more\">\n" KEY "  Timeout 2000\n"
                                 "  <Models>\n    Path \"/\"\n  </Models>\n"
                                 "</Relay>\n"));
  ck_assert_str_eq(config.error.text,
                   "Timeout: at most 16 different values are allowed in total: "
                   "each is a bucket in every relay's histograms");
  config_fixture_free(&config);
}
END_TEST

START_TEST(test_too_many_relays) {
  enum { RELAYS_MAX = 10000 };
  config_fixture_init(&config);
  config.settings.relay_count = RELAYS_MAX - 1;
  config.settings.relays = calloc(RELAYS_MAX, sizeof *config.settings.relays);
  ck_assert_ptr_nonnull(config.settings.relays);
  ck_assert_msg(
      config_fixture_read(&config, "<Relay \"last\">\n" KEY "</Relay>\n"), "%s",
      config.error.text);
  ck_assert(
      !config_fixture_read(&config, "<Relay \"more\">\n" KEY "</Relay>\n"));
  ck_assert_str_eq(config.error.text,
                   "Relay: at most 10000 relays are allowed");
  config_fixture_free(&config);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "config_mistakes", test_line_numbers, test_unknown_names, test_numbers,
      test_other_values, test_values_of_models_and_billing, test_values_of_chat,
      test_paths, test_dates, test_models_with_equal_labels,
      test_relays_with_equal_labels, test_names_that_are_too_long,
      test_max_requests_below_two, test_too_many_required_models,
      test_required_model_too_long, test_two_reference_relays,
      test_errors_across_plugin_blocks, test_plugin_interval,
      test_values_in_the_plugin_block, test_messages_are_one_line,
      test_too_many_models, test_too_many_timeouts, test_too_many_relays);
}
