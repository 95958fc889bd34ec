#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* 2026-01-31T23:59:59Z */
enum { MOMENT = 1769903999 };

static struct unit_relay unit;

static struct probe_settings *chat(const char *model, const char *prompt) {
  struct probe_settings *probe = &unit.probes[UNIT_CHAT];
  unit_relay_init(&unit);
  probe->model = (char *)(uintptr_t)model;
  probe->prompt = (char *)(uintptr_t)prompt;
  return probe;
}

/* The buffer has exactly the measured length, so that overruns are detected. */
static char *request(const struct probe_settings *probe) {
  size_t length = unit_request(probe, 0, NULL);
  char *text = malloc(length + 1);
  ck_assert_ptr_nonnull(text);
  ck_assert_uint_eq(unit_request(probe, MOMENT, text), length);
  ck_assert_uint_eq(strlen(text), length);
  return text;
}

static void check(const struct probe_settings *probe, const char *wanted) {
  char *text = request(probe);
  ck_assert_str_eq(text, wanted);
  free(text);
}

START_TEST(test_request_body) {
  check(chat("gpt-4o-mini", "ping"),
        "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\","
        "\"content\":\"ping\"}],\"max_tokens\":10}");
}
END_TEST

START_TEST(test_request_for_reasoning_models) {
  struct probe_settings *probe = chat("o1", "ping");
  probe->max_completion_tokens = 500;
  check(probe, "{\"model\":\"o1\",\"messages\":[{\"role\":\"user\","
               "\"content\":\"ping\"}],\"max_completion_tokens\":500}");
}
END_TEST

START_TEST(test_reasoning_effort) {
  struct probe_settings *probe = chat("o1", "ping");
  probe->reasoning_effort = (char *)(uintptr_t) "low";
  check(probe, "{\"model\":\"o1\",\"messages\":[{\"role\":\"user\","
               "\"content\":\"ping\"}],\"max_tokens\":10,"
               "\"reasoning_effort\":\"low\"}");
}
END_TEST

/* As it was written, but for its braces. */
START_TEST(test_extra_members) {
  struct probe_settings *probe = chat("m", "ping");
  probe->extra = (char *)(uintptr_t) " {\"temperature\": 0.10, \"a\": {}} ";
  check(probe, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
               "\"content\":\"ping\"}],\"max_tokens\":10,"
               "\"temperature\": 0.10, \"a\": {}}");
}
END_TEST

START_TEST(test_streaming_request) {
  struct probe_settings *probe = chat("m", "ping");
  probe->stream = true;
  check(probe, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\","
               "\"content\":\"ping\"}],\"max_tokens\":10,\"stream\":true,"
               "\"stream_options\":{\"include_usage\":true}}");
}
END_TEST

/* --- the prompt ----------------------------------------------------------- */

static void check_prompt(const char *prompt, const char *content) {
  char wanted[512] = "\"content\":\"";
  strcat(strcat(wanted, content), "\"}]");
  char *text = request(chat("m", prompt));
  ck_assert_msg(strstr(text, wanted) != NULL, "%s", text);
  free(text);
}

START_TEST(test_time_placeholder_in_the_prompt) {
  check_prompt("%t", "2026-01-31T23:59:59Z");
  check_prompt("it is %t, %t", "it is 2026-01-31T23:59:59Z, "
                               "2026-01-31T23:59:59Z");
  check_prompt("%%t %%%t", "%t %2026-01-31T23:59:59Z");
  check_prompt("100 %", "100 %");
  check_prompt("%T %s %", "%T %s %");
}
END_TEST

START_TEST(test_prompts_differ_by_time) {
  char early[256], late[256];
  const struct probe_settings *probe = chat("m", "%t");
  unit_request(probe, MOMENT, early);
  unit_request(probe, MOMENT + 1, late);
  ck_assert_uint_eq(strlen(early), strlen(late));
  ck_assert_str_ne(early, late);
  ck_assert_ptr_nonnull(strstr(late, "2026-02-01T00:00:00Z"));
}
END_TEST

/* --- limits --------------------------------------------------------------- */

START_TEST(test_json_escaping) {
  char *text = request(chat("a\"b\\c", "line\n\ttab \x01 过"));
  ck_assert_ptr_nonnull(strstr(text, "\"model\":\"a\\\"b\\\\c\""));
  ck_assert_ptr_nonnull(
      strstr(text, "\"content\":\"line\\n\\ttab \\u0001 过\""));
  free(text);
}
END_TEST

/* The longest values that the configuration accepts, with every byte
 * escaped. */
START_TEST(test_longest_request) {
  static char prompt[PROMPT_MAX + 1], model[1024 + 1];
  memset(prompt, '\x01', sizeof prompt - 1);
  memset(model, '"', sizeof model - 1);
  struct probe_settings *probe = chat(model, prompt);
  probe->max_tokens = 100000;
  char *text = request(probe);
  ck_assert_uint_gt(strlen(text), 6 * (sizeof prompt - 1));
  ck_assert_str_eq(text + strlen(text) - strlen("\"max_tokens\":100000}"),
                   "\"max_tokens\":100000}");
  free(text);
}
END_TEST

START_TEST(test_maximum_number_of_placeholders) {
  static char prompt[PROMPT_MAX + 1];
  for (size_t i = 0; i < PROMPT_MAX; i += 2)
    memcpy(prompt + i, "%t", 2);
  char *text = request(chat("m", prompt));
  size_t times = 0;
  for (const char *p = text; (p = strstr(p, "2026-01-31T23:59:59Z")) != NULL;
       p++)
    times++;
  ck_assert_uint_eq(times, PROMPT_MAX / 2);
  free(text);
}
END_TEST

int main(void) {
  return UNIT_RUN("chat_request", test_request_body,
                  test_request_for_reasoning_models, test_reasoning_effort,
                  test_extra_members, test_streaming_request,
                  test_time_placeholder_in_the_prompt,
                  test_prompts_differ_by_time, test_json_escaping,
                  test_longest_request, test_maximum_number_of_placeholders);
}
