/* Completions that have to contain a text, plain and streamed. */
#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct probe_result result;
static struct answer answer;

static const char word[] = "lamprose";
static const char *const secret[] = {"sk-canned-secret-key"};
static const struct secrets secrets = {secret, 1};

#define MESSAGE(members, reason)                                               \
  "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\"," members    \
  "},\"finish_reason\":\"" reason "\"}]}"
#define DELTA(members)                                                         \
  "data: {\"choices\":[{\"index\":0,\"delta\":{" members "}}]}\n\n"
#define END(reason)                                                            \
  "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason  \
  "\"}]}\n\ndata: [DONE]\n\n"

static enum cause cause_of(struct probe_settings *probe, const char *body) {
  struct http_result http = unit_http_result(200);
  probe->stream = body[0] != '{';
  answer_open(&answer, probe, NULL, &secrets);
  answer_expect(&answer, word);
  answer_feed(&answer, body, strlen(body), 0.1);
  answer_close(&answer, &http, &result);
  return result.cause;
}

static enum cause chat(const char *body) {
  unit_relay_init(&unit);
  return cause_of(&unit.probes[UNIT_CHAT], body);
}

static enum cause messages(const char *body) {
  static char model[] = "claude-haiku-4-5";
  struct probe_settings probe = {.kind = &probe_kinds[KIND_MESSAGES],
                                 .model = model,
                                 .timeout = 30 * USEC_PER_SEC};
  return cause_of(&probe, body);
}

START_TEST(test_expected_text) {
  static const char *const bodies[] = {
      MESSAGE("\"content\":\"Lamprose.\"", "stop"),
      MESSAGE("\"content\":\"lamprose and more\"", "length"),
      MESSAGE("\"content\":[{\"type\":\"text\",\"text\":\"lamp\"},"
              "{\"type\":\"text\",\"text\":\"rose\"}]",
              "stop"),
      MESSAGE("\"content\":\"lamprose\",\"tool_calls\":[{\"id\":\"c\"}]",
              "tool_calls"),
      "{\"choices\":[{\"text\":\" lamprose\",\"finish_reason\":\"stop\"}]}",
      DELTA("\"role\":\"assistant\"") DELTA("\"content\":\"La\"")
          DELTA("\"content\":\"mpros\"") DELTA("\"content\":\"e\"") END("stop"),
      DELTA("\"reasoning_content\":\"The word.\"")
          DELTA("\"content\":\"lamprose\"") END("stop")};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    ck_assert_msg(chat(bodies[i]) == CAUSE_OK, "%s", bodies[i]);
    ck_assert_str_eq(result.error_message, "");
    ck_assert_str_eq(result.error_code, "");
  }
}
END_TEST

/* Text that is not the answer does not count. */
START_TEST(test_other_text) {
  static const char *const bodies[] = {
      MESSAGE("\"content\":\"Pong! How can I help?\"", "stop"),
      MESSAGE("\"content\":\"lamp\",\"reasoning_content\":\"lamprose\"",
              "stop"),
      MESSAGE("\"content\":null,\"refusal\":\"I cannot say lamprose.\"",
              "stop"),
      MESSAGE("\"content\":null,\"tool_calls\":[{\"function\":{\"name\":"
              "\"lamprose\",\"arguments\":\"lamprose\"}}]",
              "tool_calls"),
      MESSAGE("\"content\":null,\"function_call\":{\"name\":\"lamprose\"}",
              "function_call"),
      MESSAGE("\"content\":\"\"", "length"),
      MESSAGE("\"content\":null", "content_filter"),
      DELTA("\"content\":\"lamp\"") DELTA("\"content\":\" rose\"") END("stop"),
      DELTA("\"reasoning_content\":\"lamprose\"") DELTA("\"content\":\"No\"")
          END("stop"),
      DELTA("\"refusal\":\"not lamprose\"") END("stop")};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    ck_assert_msg(chat(bodies[i]) == CAUSE_UNEXPECTED_ANSWER, "%s", bodies[i]);
    ck_assert_int_eq(result.fault, FAULT_RELAY);
  }
}
END_TEST

START_TEST(test_messages) {
#define BLOCKS(blocks, reason)                                                 \
  "{\"type\":\"message\",\"content\":[" blocks "],\"stop_reason\":\"" reason   \
  "\"}"
#define PIECE(members)                                                         \
  "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","       \
  "\"delta\":{" members "}}\n\n"
#define STOP                                                                   \
  "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"        \
  "\"stop_reason\":\"end_turn\"}}\n\nevent: message_stop\ndata: "              \
  "{\"type\":\"message_stop\"}\n\n"
  static const struct {
    const char *body;
    enum cause cause;
  } cases[] = {
      {BLOCKS("{\"type\":\"text\",\"text\":\"Lamprose\"}", "end_turn"),
       CAUSE_OK},
      {BLOCKS("{\"type\":\"thinking\",\"thinking\":\"lamprose\"},"
              "{\"type\":\"text\",\"text\":\"No\"}",
              "end_turn"),
       CAUSE_UNEXPECTED_ANSWER},
      {BLOCKS("{\"type\":\"tool_use\",\"input\":{\"text\":\"lamprose\"}}",
              "tool_use"),
       CAUSE_UNEXPECTED_ANSWER},
      {PIECE("\"text\":\"lamp\"") PIECE("\"text\":\"rose\"") STOP, CAUSE_OK},
      {PIECE("\"partial_json\":\"lamprose\"") STOP, CAUSE_UNEXPECTED_ANSWER},
      {PIECE("\"thinking\":\"lamprose\"") STOP, CAUSE_UNEXPECTED_ANSWER}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_msg(messages(cases[i].body) == cases[i].cause, "case %zu", i);
}
END_TEST

START_TEST(test_more_specific_verdicts) {
  ck_assert_int_eq(chat(MESSAGE("\"content\":\"\"", "stop")),
                   CAUSE_EMPTY_ANSWER);
  ck_assert_int_eq(chat(MESSAGE("\"content\":\"Pong\"", "error")),
                   CAUSE_SERVER_ERROR);
  ck_assert_int_eq(chat(DELTA("\"content\":\"lamp\"")), CAUSE_STREAM_CUT);
  ck_assert_int_eq(chat("{\"error\":{\"message\":\"Insufficient balance\"}}"),
                   CAUSE_QUOTA);
}
END_TEST

/* --- what is shown -------------------------------------------------------- */

START_TEST(test_answer_is_shown) {
  chat(MESSAGE("\"content\":\"Hello!\\n\\u202eHow are you?\"", "stop"));
  ck_assert_str_eq(result.error_message, "Hello!  How are you?");
  ck_assert_str_eq(result.error_code, "stop");
  ck_assert_ptr_null(result.advice);
  chat(DELTA("\"content\":\"Hel\"") DELTA("\"content\":\"lo\"") END("stop"));
  ck_assert_str_eq(result.error_message, "Hello");
}
END_TEST

START_TEST(test_key_is_not_shown) {
  chat(MESSAGE("\"content\":\"You sent sk-canned-secret-key\"", "stop"));
  ck_assert_str_eq(result.error_message, "You sent [secret]");
  chat(DELTA("\"content\":\"sk-canned-\"") DELTA("\"content\":\"secret-key\"")
           END("stop"));
  ck_assert_str_eq(result.error_message, "[secret]");
}
END_TEST

START_TEST(test_long_answer_is_truncated) {
  char body[8192], text[4096];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  snprintf(body, sizeof body, MESSAGE("\"content\":\"%s\"", "stop"), text);
  ck_assert_int_eq(chat(body), CAUSE_UNEXPECTED_ANSWER);
  ck_assert_uint_eq(strlen(result.error_message),
                    sizeof result.error_message - 1);
}
END_TEST

static void check_keys(void) {
  ck_assert_int_eq(result.cause, CAUSE_UNEXPECTED_ANSWER);
  ck_assert_ptr_nonnull(result.advice);
  ck_assert_ptr_nonnull(strstr(result.advice, "raise MaxTokens "));
  ck_assert_ptr_nonnull(strstr(result.advice, "MaxCompletionTokens"));
  ck_assert_ptr_nonnull(strstr(result.advice, "lower ReasoningEffort"));
}

/* The second and the third have spent them on reasoning. */
START_TEST(test_limit_names_the_keys) {
  static const char *const bodies[] = {
      MESSAGE("\"content\":\"I am an AI\"", "length"),
      MESSAGE("\"content\":\"\"", "length"),
      MESSAGE("\"content\":\"\",\"reasoning_content\":\"lamprose\"",
              "max_output_tokens"),
      DELTA("\"content\":\"I am\"") END("max_tokens")};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    chat(bodies[i]);
    check_keys();
  }
  chat(bodies[0]);
  ck_assert_str_eq(result.error_code, "length");
  messages("{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":"
           "\"I am\"}],\"stop_reason\":\"max_tokens\"}");
  check_keys();
}
END_TEST

int main(void) {
  return UNIT_RUN("expected_answer", test_expected_text, test_other_text,
                  test_messages, test_more_specific_verdicts,
                  test_answer_is_shown, test_key_is_not_shown,
                  test_long_answer_is_truncated, test_limit_names_the_keys);
}
