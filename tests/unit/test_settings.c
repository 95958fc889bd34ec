#include "model/settings.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

START_TEST(test_estimated_tokens_of_a_completion) {
  static const struct {
    char *prompt;
    unsigned max_tokens, max_completion_tokens, of_prompt, of_answer;
  } cases[] = {{"ping", 10, 0, 8, 10}, /* as in the documentation */
               {"p", 1, 0, 8, 1},
               {"pings", 1, 0, 9, 1},
               {"a somewhat longer prompt", 100, 0, 13, 100},
               {"%t", 10, 0, 12, 10},
               {"%t ping %t", 10, 0, 19, 10}, /* 46 bytes */
               {"ping", 10, 500, 8, 500}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct probe_settings probe = {.prompt = cases[i].prompt,
                                   .max_tokens = cases[i].max_tokens,
                                   .max_completion_tokens =
                                       cases[i].max_completion_tokens};
    ck_assert_uint_eq(probe_settings_prompt_tokens(&probe), cases[i].of_prompt);
    ck_assert_uint_eq(probe_settings_answer_tokens(&probe), cases[i].of_answer);
  }
}
END_TEST

START_TEST(test_header_value) {
  ck_assert_str_eq(header_value("X-Token: a:b"), "a:b");
  ck_assert_str_eq(header_value("X-Token:a"), "a");
  ck_assert_str_eq(header_value("X-Token: \t a b "), "a b ");
  ck_assert_str_eq(header_value("X-Token: "), "");
}
END_TEST

/* --- a stream and its plain counterpart ------------------------------------
 */

static struct unit_relay unit;

/* The chat probe is a stream, and that of the balance a plain chat probe. */
static void setup_both(void) {
  unit_relay_init(&unit);
  unit.probes[UNIT_BILLING] = unit.probes[UNIT_CHAT];
  unit.probes[UNIT_CHAT].stream = true;
}

static const struct probe_settings *plain_of(size_t probe) {
  return relay_settings_plain(&unit.relay, &unit.probes[probe]);
}

START_TEST(test_plain_counterpart) {
  setup_both();
  ck_assert_ptr_eq(plain_of(UNIT_CHAT), &unit.probes[UNIT_BILLING]);
  ck_assert_ptr_null(plain_of(UNIT_BILLING));
  ck_assert_ptr_null(plain_of(UNIT_MODELS));
  /* What limits the answer, or says what it has to be, is not sent as prompt.
   */
  unit.probes[UNIT_CHAT].max_tokens = 500;
  unit.probes[UNIT_CHAT].max_completion_tokens = 500;
  unit.probes[UNIT_CHAT].expect = "pong";
  unit.probes[UNIT_CHAT].label = "stream";
  ck_assert_ptr_eq(plain_of(UNIT_CHAT), &unit.probes[UNIT_BILLING]);
}
END_TEST

START_TEST(test_no_plain_counterpart) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].stream = true;
  ck_assert_ptr_null(plain_of(UNIT_CHAT));
  setup_both();
  unit.probes[UNIT_BILLING].stream = true;
  ck_assert_ptr_null(plain_of(UNIT_CHAT));
  setup_both();
  unit.probes[UNIT_BILLING].kind = unit.probes[UNIT_MODELS].kind;
  ck_assert_ptr_null(plain_of(UNIT_CHAT));
  char *const *const texts[] = {
      &unit.probes[UNIT_BILLING].path, &unit.probes[UNIT_BILLING].model,
      &unit.probes[UNIT_BILLING].prompt, &unit.probes[UNIT_BILLING].extra,
      &unit.probes[UNIT_BILLING].reasoning_effort};
  for (size_t i = 0; i < COUNT_OF(texts); i++) {
    setup_both();
    *(char **)texts[i] = "another";
    ck_assert_ptr_null(plain_of(UNIT_CHAT));
  }
}
END_TEST

/* --- memory --------------------------------------------------------------- */

static char *copy(const char *text) {
  char *mine = strdup(text);
  ck_assert_ptr_nonnull(mine);
  return mine;
}

/* Leaks are found by valgrind and ASan. */
START_TEST(test_settings_are_freed) {
  struct settings settings = {.interval = 10 * USEC_PER_SEC,
                              .state_file = copy("holysheep.state"),
                              .relay_count = 1};
  settings.relays = calloc(1, sizeof *settings.relays);
  struct relay_settings *relay = settings.relays;
  *relay = (struct relay_settings){.name = copy("main"),
                                   .base_url = copy("https://a/v1"),
                                   .key_file = copy("/key"),
                                   .key_env = copy("KEY"),
                                   .key_text = copy("sk"),
                                   .ca_cert = copy("/ca"),
                                   .proxy = copy("http://proxy"),
                                   .header_count = 1,
                                   .probe_count = 1};
  relay->headers = calloc(1, sizeof *relay->headers);
  relay->headers[0] = copy("A: b");
  relay->probes = calloc(1, sizeof *relay->probes);
  *relay->probes = (struct probe_settings){.path = copy("/models"),
                                           .model = copy("m"),
                                           .label = copy("l"),
                                           .prompt = copy("ping"),
                                           .remaining_key = copy("remaining"),
                                           .limit_key = copy("limit"),
                                           .used_key = copy("used"),
                                           .expires_key = copy("expires"),
                                           .required_count = 1};
  relay->probes->required = calloc(1, sizeof *relay->probes->required);
  relay->probes->required->id = copy("m");
  settings_free(&settings);
  ck_assert_uint_eq(settings.relay_count, 0);
  ck_assert_ptr_null(settings.relays);
  ck_assert_ptr_null(settings.state_file);
  settings_free(&settings);
}
END_TEST

int main(void) {
  return UNIT_RUN("settings", test_estimated_tokens_of_a_completion,
                  test_header_value, test_plain_counterpart,
                  test_no_plain_counterpart, test_settings_are_freed);
}
