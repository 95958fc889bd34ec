#include "probe/probe_kind.h"

#include "engine/sliding_window.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;

static struct probe_result probe_result_of(const char *body) {
  unit_relay_init(&unit);
  return unit_probe_result(&unit.probes[UNIT_CHAT], 200, body);
}

/* --- the response --------------------------------------------------------- */

START_TEST(test_completion) {
  struct probe_result result = probe_result_of(
      "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\","
      "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
      "\"content\":\"pong\"},\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2,"
      "\"total_tokens\":10}}");
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert(result.has_usage);
  ck_assert_uint_eq(result.prompt_tokens, 8);
  ck_assert_uint_eq(result.completion_tokens, 2);
  ck_assert(!result.has_balance);
}
END_TEST

START_TEST(test_without_choices) {
  static const char *const bodies[] = {
      "{}",
      "{\"choices\":null}",
      "{\"choices\":[null]}",
      "{\"choices\":[\"a\"]}",
      "{\"choices\":{}}",
      "[{\"choices\":[{}]}]",
      "{\"choices\":{\"0\":{}}}",
      "{\"message\":\"hello\"}",
      "{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    struct probe_result result = probe_result_of(bodies[i]);
    ck_assert_msg(result.cause == CAUSE_MALFORMED, "%s", bodies[i]);
    ck_assert(!result.has_usage);
  }
}
END_TEST

static struct probe_result with_usage(const char *usage) {
  char body[256];
  snprintf(body, sizeof body,
           "{\"choices\":[{\"message\":{\"content\":\"a\"}}],\"usage\":%s}",
           usage);
  struct probe_result result = probe_result_of(body);
  ck_assert_msg(result.cause == CAUSE_OK, "%s", usage);
  return result;
}

/* Tokens are counted if the relay sends both numbers and they are plausible. */
START_TEST(test_usage_values) {
  static const char *const none[] = {
      "null",
      "{}",
      "5",
      "{\"prompt_tokens\":1}",
      "{\"prompt_tokens\":0,\"completion_tokens\":0}", /* a prompt is never
                                                          empty */
      "{\"prompt_tokens\":0.5,\"completion_tokens\":1}",
      "{\"completion_tokens\":1}",
      "{\"prompt_tokens\":null,\"completion_tokens\":1}",
      "{\"prompt_tokens\":\"1\",\"completion_tokens\":1}",
      "{\"prompt_tokens\":-1,\"completion_tokens\":1}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1000000001}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1e300}",
      "{\"prompt_tokens\":1e400,\"completion_tokens\":1}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1,\"prompt_tokens\":[]}"};
  for (size_t i = 0; i < COUNT_OF(none); i++)
    ck_assert_msg(!with_usage(none[i]).has_usage, "%s", none[i]);
  struct probe_result result =
      with_usage("{\"prompt_tokens\":1,\"completion_tokens\":1000000000}");
  ck_assert(result.has_usage);
  ck_assert_uint_eq(result.prompt_tokens, 1);
  ck_assert_uint_eq(result.completion_tokens, 1000000000);
}
END_TEST

/* Of OpenAI, Moonshot and DeepSeek. All count them as a part of the prompt. */
START_TEST(test_cached_tokens) {
  static const char *const members[] = {
      "\"prompt_tokens_details\":{\"cached_tokens\":1024}",
      "\"cached_tokens\":1024",
      "\"prompt_cache_hit_tokens\":1024,\"prompt_cache_miss_tokens\":176"};
  for (size_t i = 0; i < COUNT_OF(members); i++) {
    char usage[160];
    snprintf(usage, sizeof usage,
             "{\"prompt_tokens\":1200,\"completion_tokens\":2,%s}", members[i]);
    struct probe_result result = with_usage(usage);
    ck_assert_uint_eq(result.prompt_tokens, 1200);
    ck_assert_uint_eq(result.cached_tokens, 1024);
  }
}
END_TEST

START_TEST(test_cost) {
  struct probe_result result =
      with_usage("{\"prompt_tokens\":8,\"completion_tokens\":10,"
                 "\"cost\":0.00014,\"cost_details\":{\"cost\":7}}");
  ck_assert(result.has_cost);
  ck_assert_double_eq(result.cost, 0.00014);
  result = with_usage("{\"prompt_tokens\":8,\"completion_tokens\":10,"
                      "\"cost\":0}");
  ck_assert(result.has_cost);
  ck_assert_double_eq(result.cost, 0);
  static const char *const invalid[] = {"null", "-1", "\"free\"", "1e300"};
  for (size_t i = 0; i < COUNT_OF(invalid); i++) {
    char usage[96];
    snprintf(usage, sizeof usage,
             "{\"prompt_tokens\":8,\"completion_tokens\":10,\"cost\":%s}",
             invalid[i]);
    ck_assert(!with_usage(usage).has_cost);
  }
}
END_TEST

START_TEST(test_reasoning_tokens) {
  struct probe_result result =
      with_usage("{\"prompt_tokens\":8,\"completion_tokens\":30,"
                 "\"completion_tokens_details\":{\"reasoning_tokens\":20}}");
  ck_assert_uint_eq(result.completion_tokens, 30);
  ck_assert_uint_eq(result.reasoning_tokens, 20);
}
END_TEST

/* Usage under other names, or in other places; OpenAI's place takes precedence
 * if it has values. */
START_TEST(test_usage_in_other_places) {
  static const char message[] = "\"message\":{\"content\":\"a\"}";
  static const struct {
    const char *choice, *members;
    uint64_t prompt, completion;
  } cases[] = {
      {"", ",\"usage\":{\"input_tokens\":7,\"output_tokens\":3}", 7, 3},
      {"", /* new-api adds the other names with empty values */
       ",\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2,"
       "\"input_tokens\":0,\"output_tokens\":0}",
       8, 2},
      {",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}", "", 9, 2},
      {",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}",
       ",\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":1}", 8, 1},
      {",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}",
       ",\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}", 9, 2},
      {",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}",
       ",\"usage\":null", 9, 2},
      {"",
       ",\"x_groq\":{\"usage\":{\"prompt_tokens\":6,"
       "\"completion_tokens\":4}}",
       6, 4}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char body[512];
    snprintf(body, sizeof body, "{\"choices\":[{%s%s}]%s}", message,
             cases[i].choice, cases[i].members);
    struct probe_result result = probe_result_of(body);
    ck_assert_int_eq(result.cause, CAUSE_OK);
    ck_assert_msg(result.has_usage, "%s", body);
    ck_assert_uint_eq(result.prompt_tokens, cases[i].prompt);
    ck_assert_uint_eq(result.completion_tokens, cases[i].completion);
  }
}
END_TEST

/* --- the model in the response -------------------------------------------- */

/* A suffix is a version of the model; a missing name is not a mismatch. */
START_TEST(test_model_mismatch) {
  static const struct {
    const char *model;
    bool other;
  } cases[] = {{"\"openai/gpt-4o-mini\"", false},
               {"\"openai/gpt-4o-mini-2024-07-18\"", false},
               {"\"openai/gpt-4o\"", true},
               {"\"gpt-4o-mini\"", true},
               {"\"OpenAI/gpt-4o-mini\"", true},
               {"\"cheaper\"", true},
               {"\"\"", false},
               {"null", false},
               {"5", false},
               {"[\"cheaper\"]", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char body[256];
    snprintf(body, sizeof body,
             "{\"model\":%s,\"choices\":[{\"message\":{\"content\":\"a\"}}]}",
             cases[i].model);
    struct probe_result result = probe_result_of(body);
    ck_assert_int_eq(result.cause, CAUSE_OK);
    ck_assert_msg(result.model_mismatch == cases[i].other, "%s",
                  cases[i].model);
  }
  ck_assert(!probe_result_of("{\"choices\":[{}]}").model_mismatch);
  ck_assert(!probe_result_of("{\"choices\":[{\"model\":\"cheaper\"}]}")
                 .model_mismatch);
}
END_TEST

/* --- rejected parameters -------------------------------------------------- */

/* As OpenAI's reasoning models reject it: the advice names the key to use. */
START_TEST(test_max_tokens_rejected) {
  unit_relay_init(&unit);
  struct probe_result result = unit_probe_result(
      &unit.probes[UNIT_CHAT], 400,
      "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens' is not "
      "supported with this model. Use 'max_completion_tokens' instead.\","
      "\"type\":\"invalid_request_error\",\"param\":\"max_tokens\",\"code\":"
      "\"unsupported_parameter\"}}");
  ck_assert_int_eq(result.cause, CAUSE_CLIENT_ERROR);
  ck_assert_ptr_nonnull(result.advice);
  ck_assert_ptr_nonnull(strstr(result.advice, "MaxCompletionTokens"));
  ck_assert(result.refuses_max_tokens);
  /* A gateway may change the status. */
  static const struct {
    int status;
    enum cause cause;
  } others[] = {{200, CAUSE_CLIENT_ERROR}, {500, CAUSE_SERVER_ERROR}};
  for (size_t i = 0; i < COUNT_OF(others); i++) {
    result = unit_probe_result(&unit.probes[UNIT_CHAT], others[i].status,
                               "{\"error\":{\"message\":\"Use "
                               "'max_completion_tokens' instead of "
                               "'max_tokens'.\"}}");
    ck_assert_int_eq(result.cause, others[i].cause);
    ck_assert_ptr_nonnull(result.advice);
    ck_assert(result.refuses_max_tokens);
  }
  result =
      unit_probe_result(&unit.probes[UNIT_CHAT], 400,
                        "{\"error\":{\"message\":\"max_tokens is wrong\"}}");
  ck_assert_int_eq(result.cause, CAUSE_CLIENT_ERROR);
  ck_assert_ptr_nonnull(strstr(result.advice, "Change MaxTokens"));
  ck_assert(!result.refuses_max_tokens);
}
END_TEST

START_TEST(test_public_names_are_unchanged) {
  ck_assert_str_eq(probe_kinds[KIND_CHAT].endpoint, "chat/completions");
  ck_assert_str_eq(probe_kinds[KIND_CHAT].path, "/chat/completions");
  ck_assert_int_eq(probe_kinds[KIND_CHAT].timeout, 30 * USEC_PER_SEC);
  ck_assert_int_eq(probe_kinds[KIND_CHAT].min_default_interval,
                   60 * USEC_PER_SEC);
  ck_assert(probe_kind_has(&probe_kinds[KIND_CHAT], PROBE_USES_TOKENS));
  ck_assert_uint_eq(probe_kinds[KIND_CHAT].rank, RANK_TOKENS);
}
END_TEST

int main(void) {
  return UNIT_RUN("chat", test_completion, test_without_choices,
                  test_usage_values, test_cached_tokens, test_cost,
                  test_reasoning_tokens, test_usage_in_other_places,
                  test_model_mismatch, test_max_tokens_rejected,
                  test_public_names_are_unchanged);
}
