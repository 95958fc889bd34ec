/* The block that holysheep-check prints, parsed as collectd's configuration. */
#include "check/relay_block.h"

#include "config_fixture.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct relay_settings relay;
static struct probe_settings chat;
static struct capabilities found;
static struct config_fixture config;
static char variable[] = "HOLYSHEEP_TEST_KEY";

static void setup(void) {
  static char url[] = "https://relay.test/v1", model[] = "gpt-4o-mini";
  relay = (struct relay_settings){
      .base_url = url, .key = {.kind = KEY_FROM_ENV, .name = variable}};
  chat =
      (struct probe_settings){.kind = &probe_kinds[KIND_CHAT], .model = model};
  found = (struct capabilities){.models = true, .probes = {&chat}};
  ck_assert_int_eq(setenv(variable, "sk-test", 1), 0);
}

static char *printed(void) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  ck_assert_ptr_nonnull(out);
  relay_block_print(out, &relay, &found);
  fclose(out);
  return text;
}

static void check_printed(const char *wanted) {
  char *text = printed();
  ck_assert_str_eq(text, wanted);
  free(text);
}

/* Parses the block with the plugin's code. */
static const struct relay_settings *read_text(const char *text) {
  config_fixture_init(&config);
  UNIT_ASSERT(config_fixture_read(&config, text));
  UNIT_ASSERT(config.warnings[0] == '\0');
  UNIT_ASSERT(config.settings.relay_count == 1);
  return &config.settings.relays[0];
}

static const struct relay_settings *read_back(void) {
  char *text = printed();
  const struct relay_settings *read = read_text(text);
  free(text);
  return read;
}

/* --- printed text --------------------------------------------------------- */

START_TEST(test_complete_block) {
  setup();
  found.preset = billing_preset_find("new-api");
  found.requests = 500;
  found.probe_count = 1;
  chat.stream = true;
  chat.max_completion_tokens = 64;
  check_printed(
      "<Relay \"relay.test\">\n  BaseURL \"https://relay.test/v1\"\n  "
      "APIKeyEnv \"HOLYSHEEP_TEST_KEY\"\n  # The relay's headers report a "
      "limit of 500 requests. If it is per minute,\n  # this keeps the probes "
      "within it:\n  # MaxRequests 500 60\n  <Models>\n    Path \"/models\"\n  "
      "</Models>\n  <Billing \"new-api\">\n  </Billing>\n  <Chat "
      "\"gpt-4o-mini\">\n    Stream true\n    MaxCompletionTokens 64\n  "
      "</Chat>\n</Relay>\n");
}
END_TEST

START_TEST(test_minimal_block) {
  static char url[] = "https://api.holysheep.ai/v1", file[] = "/etc/key";
  setup();
  relay.base_url = url;
  relay.key = (struct key_source){.kind = KEY_FROM_FILE, .name = file};
  found = (struct capabilities){.probes = {&chat}, .probe_count = 1};
  check_printed("<Relay \"api.holysheep.ai\">\n"
                "  APIKeyFile \"/etc/key\"\n"
                "  <Chat \"gpt-4o-mini\">\n"
                "  </Chat>\n"
                "</Relay>\n");
}
END_TEST

/* --- resulting settings --------------------------------------------------- */

static size_t count_of(const struct relay_settings *read,
                       const struct probe_kind *kind) {
  size_t count = 0;
  for (size_t i = 0; i < read->probe_count; i++)
    if (read->probes[i].kind == kind)
      count++;
  return count;
}

static void check_probes(const struct relay_settings *read) {
  ck_assert_uint_eq(count_of(read, &probe_kinds[KIND_MODELS]), found.models);
  ck_assert_uint_eq(count_of(read, &probe_kinds[KIND_BILLING]),
                    found.preset != NULL);
  ck_assert_uint_eq(count_of(read, &probe_kinds[KIND_CHAT]), found.probe_count);
  for (size_t i = 0; i < read->probe_count; i++) {
    const struct probe_settings *probe = &read->probes[i];
    if (probe->kind == &probe_kinds[KIND_BILLING])
      ck_assert_ptr_eq(probe->preset, found.preset);
    if (probe->kind != &probe_kinds[KIND_CHAT])
      continue;
    ck_assert_str_eq(probe->model, chat.model);
    ck_assert_int_eq(probe->stream, chat.stream);
    ck_assert_uint_eq(probe->max_completion_tokens, chat.max_completion_tokens);
  }
}

/* Exactly the detected features, in each combination. */
START_TEST(test_each_combination) {
  size_t presets = 0;
  setup();
  while (billing_preset_at(presets) != NULL)
    presets++;
  for (unsigned bits = 1; bits < 16; bits++)
    for (size_t preset = 0; preset <= presets; preset++) {
      found.models = (bits & 1) != 0;
      found.probe_count = (bits & 2) != 0 ? 1 : 0;
      chat.stream = (bits & 4) != 0;
      chat.max_completion_tokens = (bits & 8) != 0 ? 64 : 0;
      found.preset = billing_preset_at(preset);
      if (!found.models && found.probe_count == 0 && found.preset == NULL)
        continue;
      check_probes(read_back());
      config_fixture_free(&config);
    }
}
END_TEST

/* The suggested label is valid, or there is none. */
START_TEST(test_limits) {
  static const double limits[] = {0, 1, 2, 2.5, 9999.7, 10000, 10001, 1e300};
  static const unsigned suggested[] = {0, 0, 2, 2, 10000, 10000, 0, 0};
  setup();
  found.preset = billing_preset_find("new-api");
  for (size_t i = 0; i < COUNT_OF(limits); i++) {
    found.requests = limits[i];
    char *text = printed();
    char *line = strstr(text, "# MaxRequests");
    if (line != NULL)
      line[0] = ' ';
    ck_assert_uint_eq(read_text(text)->max_requests, suggested[i]);
    config_fixture_free(&config);
    free(text);
  }
}
END_TEST

/* --- names --------------------------------------------------------------- */

START_TEST(test_names_of_relays) {
  static const struct {
    const char *url, *name;
  } cases[] = {
      {"https://api.deepseek.com", "api.deepseek.com"},
      {"http://127.0.0.1:8080/v1", "127.0.0.1:8080"},
      {"http://[::1]:8080/v1", "[::1]:8080"},
      {"https:/one.slash/v1", "one.slash"},
      {"https://a-very-long-name-of-a-relay.in-a-very-long.domain.example/v1",
       "a-very-long-name-of-a-relay.in-a-very-long.domain.examp"}};
  setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    relay.base_url = (char *)(uintptr_t)cases[i].url;
    const struct relay_settings *read = read_back();
    ck_assert_str_eq(read->name, cases[i].name);
    ck_assert_str_eq(read->base_url, cases[i].url);
    config_fixture_free(&config);
  }
}
END_TEST

/* Names that do not fit into collectd's labels need a Label; short ones do
 * not. */
START_TEST(test_names_of_models) {
  static const struct {
    const char *model, *label;
  } cases[] = {
      {"openai/gpt-4o-mini", NULL},
      {"accounts/fireworks/models/llama-v3p1-405b-instruct-long-context",
       "llama-v3p1-405b-instruct-long-context"},
      {"a-model-of-which-the-name-has-no-end-and-no-slash-anywhere",
       "a-model-of-which-the-name-has-no-end-and-no-slash-anywh"},
      {"a-model-of-which-the-name-has-no-end-but-a-slash-at-last/",
       "a-model-of-which-the-name-has-no-end-but-a-slash-at-las"},
      {"模型模型模型模型模型模型模型模型模型模型",
       "模型模型模型模型模型模型模型模型模型"}};
  setup();
  found.probe_count = 1;
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    chat.model = (char *)(uintptr_t)cases[i].model;
    const struct relay_settings *read = read_back();
    const struct probe_settings *probe = &read->probes[1];
    ck_assert_str_eq(probe->model, cases[i].model);
    if (cases[i].label == NULL)
      ck_assert_ptr_null(probe->label);
    else
      ck_assert_str_eq(probe->label, cases[i].label);
    config_fixture_free(&config);
  }
}
END_TEST

/* --- allowed characters --------------------------------------------------- */

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static bool holds(const char *text) {
  return relay_block_can_quote(text, strlen(text), &secrets);
}

START_TEST(test_valid_names) {
  static const char *const good[] = {"gpt-4o-mini", "a b",   "#a",   "模型",
                                     "</Relay>",    "$HOME", "a%2Fb"};
  static const char *const bad[] = {"",
                                    "a\"",
                                    "\"b",
                                    "a\\",
                                    "a\nb",
                                    "a\rb",
                                    "a\tb",
                                    "a\x7F",
                                    "a\xFF",
                                    "a\xE2\x80\xAE" /* U+202E */,
                                    "sk-0123456789abcdef",
                                    "a sk-01234 b"};
  for (size_t i = 0; i < COUNT_OF(good); i++)
    ck_assert_msg(holds(good[i]), "%s", good[i]);
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    ck_assert_msg(!holds(bad[i]), "%zu", i);
  ck_assert(!relay_block_can_quote("a\0b", 3, &secrets));
}
END_TEST

START_TEST(test_maximum_length) {
  char text[5000];
  memset(text, 'a', sizeof text);
  ck_assert(relay_block_can_quote(text, 4095, &secrets));
  ck_assert(!relay_block_can_quote(text, 4096, &secrets));
  ck_assert(!relay_block_can_quote(text, sizeof text, &secrets));
}
END_TEST

/* Whatever name a relay lists: it is omitted, or it is parsed as exactly that
 * name. */
START_TEST(test_random_model_names) {
  static const char *const chunks[] = {
      "\"", "\\", "\n", "\">\n", "</Chat>\n",        "#",
      " ",  "a",  "模", "\xFF",  "Exec \"/bin/sh\"", "sk-01234",
      "%",  "=",  ","};
  unsigned held = 0;
  setup();
  found.probe_count = 1;
  for (unsigned round = 0; round < 3000; round++) {
    char model[200] = "";
    for (unsigned n = 1 + unit_random(4); n > 0; n--)
      strcat(model, chunks[unit_random(COUNT_OF(chunks))]);
    if (!holds(model))
      continue;
    held++;
    chat.model = model;
    const struct relay_settings *read = read_back();
    UNIT_ASSERT(read->probe_count == 2);
    UNIT_ASSERT(strcmp(read->probes[1].model, model) == 0);
    config_fixture_free(&config);
  }
  ck_assert_uint_gt(held, 100);
}
END_TEST

int main(void) {
  return UNIT_RUN("relay_block", test_complete_block, test_minimal_block,
                  test_each_combination, test_limits, test_names_of_relays,
                  test_names_of_models, test_valid_names, test_maximum_length,
                  test_random_model_names);
}
