/* POST /messages: the request, plain answers, streams. */
#include "completion_fixture.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* --- the request ---------------------------------------------------------- */

START_TEST(test_request) {
  check_request(false, "{\"model\":\"claude-haiku-4-5\",\"max_tokens\":16,"
                       "\"messages\":[{\"role\":\"user\",\"content\":"
                       "\"ping\"}]}");
  check_request(true, "{\"model\":\"claude-haiku-4-5\",\"max_tokens\":16,"
                      "\"messages\":[{\"role\":\"user\",\"content\":"
                      "\"ping\"}],\"stream\":true}");
}
END_TEST

START_TEST(test_reasoning_effort) {
  char body[256], effort[] = "low";
  setup(false);
  probe.reasoning_effort = effort;
  unit_request(&probe, 0, body);
  ck_assert_ptr_nonnull(
      strstr(body, ",\"output_config\":{\"effort\":\"low\"}}"));
}
END_TEST

/* --- plain answers -------------------------------------------------------- */

static struct probe_result plain(const char *content, const char *members) {
  char body[1024];
  snprintf(body, sizeof body,
           "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\","
           "\"model\":\"claude-haiku-4-5-20251001\",\"content\":%s,%s}",
           content, members);
  setup(false);
  return unit_probe_result(&probe, 200, body);
}

START_TEST(test_message) {
  result = plain("[{\"type\":\"text\",\"text\":\"Pong\"}]",
                 "\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\""
                 ":{\"input_tokens\":8,\"cache_creation_input_tokens\":0,"
                 "\"cache_read_input_tokens\":0,\"output_tokens\":5}");
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert(!result.model_mismatch);
  ck_assert_uint_eq(result.prompt_tokens, 8);
  ck_assert_uint_eq(result.completion_tokens, 5);
  ck_assert_uint_eq(result.cached_tokens, 0);
}
END_TEST

/* Cached tokens are not among input_tokens. */
START_TEST(test_cached_tokens_are_part_of_the_prompt) {
  result = plain("[{\"type\":\"text\",\"text\":\"Pong\"}]",
                 "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,"
                 "\"cache_creation_input_tokens\":200,"
                 "\"cache_read_input_tokens\":1000,\"output_tokens\":5}");
  ck_assert_uint_eq(result.prompt_tokens, 1203);
  ck_assert_uint_eq(result.cached_tokens, 1000);
}
END_TEST

START_TEST(test_reasoning_tokens_are_part_of_the_completion) {
  result = plain("[{\"type\":\"text\",\"text\":\"Pong\"}]",
                 "\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":8,"
                 "\"output_tokens\":50,\"output_tokens_details\":{"
                 "\"thinking_tokens\":45}}");
  ck_assert_uint_eq(result.completion_tokens, 50);
  ck_assert_uint_eq(result.reasoning_tokens, 45);
}
END_TEST

START_TEST(test_content) {
  static const struct {
    const char *content, *reason;
    enum cause cause;
  } cases[] = {
      {"[]", "end_turn", CAUSE_EMPTY_ANSWER},
      {"[{\"type\":\"text\",\"text\":\" \\n\"}]", "end_turn",
       CAUSE_EMPTY_ANSWER},
      {"[]", "max_tokens", CAUSE_OK},
      {"[]", "refusal", CAUSE_OK},
      {"[{\"type\":\"thinking\",\"thinking\":\"Hm\",\"signature\":\"a\"}]",
       "max_tokens", CAUSE_OK},
      {"[{\"type\":\"redacted_thinking\",\"data\":\"Em\"}]", "end_turn",
       CAUSE_OK},
      {"[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\",\"input\":{}}]",
       "tool_use", CAUSE_OK},
      {"null", "end_turn", CAUSE_MALFORMED},
      {"\"Pong\"", "end_turn", CAUSE_MALFORMED},
      {"[\"Pong\"]", "end_turn", CAUSE_MALFORMED}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char members[128];
    snprintf(members, sizeof members, "\"stop_reason\":\"%s\"",
             cases[i].reason);
    ck_assert_msg(plain(cases[i].content, members).cause == cases[i].cause,
                  "%s %s", cases[i].content, cases[i].reason);
  }
}
END_TEST

#define ERROR(type, message)                                                   \
  "{\"type\":\"error\",\"error\":{\"type\":\"" type                            \
  "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"

/* As Anthropic documents them. */
START_TEST(test_errors) {
  static const struct {
    int status;
    enum cause cause;
    const char *body;
  } cases[] = {
      {401, CAUSE_KEY_REJECTED,
       ERROR("authentication_error", "invalid x-api-key")},
      {403, CAUSE_FORBIDDEN,
       ERROR("permission_error",
             "Your API key does not have permission to use the specified "
             "resource.")},
      {402, CAUSE_QUOTA,
       ERROR("billing_error", "There is an issue with your billing")},
      {400, CAUSE_QUOTA,
       ERROR("invalid_request_error",
             "Your credit balance is too low to access the Anthropic API.")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("not_found_error", "model: claude-haiku-4-5")},
      {400, CAUSE_CLIENT_ERROR,
       ERROR("invalid_request_error", "max_tokens: Field required")},
      {413, CAUSE_CLIENT_ERROR,
       ERROR("request_too_large", "Request exceeds the maximum size")},
      {429, CAUSE_RATE_LIMITED,
       ERROR("rate_limit_error",
             "This request would exceed your account's rate limit.")},
      {500, CAUSE_SERVER_ERROR, ERROR("api_error", "Internal server error")},
      {529, CAUSE_UPSTREAM, ERROR("overloaded_error", "Overloaded")},
      {200, CAUSE_UPSTREAM, ERROR("overloaded_error", "Overloaded")}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    enum cause cause = answered(cases[i].status, cases[i].body).cause;
    ck_assert_msg(cause == cases[i].cause, "%s: %s", cases[i].body,
                  causes[cause].name);
  }
}
END_TEST

START_TEST(test_answer_of_another_api) {
  result = answered(200, "{\"object\":\"chat.completion\",\"choices\":[{"
                         "\"message\":{\"content\":\"pong\"}}]}");
  check_malformed("use <Chat>");
  result = answered(200, "{}");
  check_malformed(NULL);
}
END_TEST

/* --- streams -------------------------------------------------------------- */

#define START                                                                  \
  "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{"      \
  "\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"    \
  "\"claude-haiku-4-5\",\"content\":[],\"stop_reason\":null,"                  \
  "\"stop_sequence\":null,\"usage\":{\"input_tokens\":8,"                      \
  "\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":100,"         \
  "\"output_tokens\":1}}}\n\n"
#define BLOCK                                                                  \
  "event: content_block_start\ndata: {\"type\":\"content_block_start\","       \
  "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
#define PING "event: ping\ndata: {\"type\": \"ping\"}\n\n"
#define DELTA(members)                                                         \
  "event: content_block_delta\ndata: {\"type\":\"content_block_delta\","       \
  "\"index\":0,\"delta\":{" members "}}\n\n"
#define TEXT DELTA("\"type\":\"text_delta\",\"text\":\"po\"")
#define BLOCK_STOP                                                             \
  "event: content_block_stop\ndata: {\"type\":\"content_block_stop\","         \
  "\"index\":0}\n\n"
#define REASON(reason)                                                         \
  "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"        \
  "\"stop_reason\":\"" reason "\",\"stop_sequence\":null},\"usage\":{"         \
  "\"input_tokens\":null,\"output_tokens\":5}}\n\n"
#define STOP "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"

START_TEST(test_stream) {
  open_stream();
  come(0.5, START BLOCK PING);
  come(0.75, TEXT);
  come(1, TEXT);
  come(1.2, PING);
  come(1.5, TEXT);
  come(1.75, TEXT);
  come(1.8, BLOCK_STOP REASON("end_turn") STOP);
  check_stream_stats(108, 100);
}
END_TEST

START_TEST(test_stream_in_bytes) {
  static const char body[] =
      START BLOCK TEXT BLOCK_STOP REASON("end_turn") STOP "data: {rubbish";
  ck_assert_int_eq(cause_of_bytes(body), CAUSE_OK);
  ck_assert_uint_eq(result.completion_tokens, 5);
}
END_TEST

START_TEST(test_pieces_other_than_text) {
  ck_assert_int_eq(
      cause_of(START DELTA("\"type\":\"thinking_delta\",\"thinking\":\"Hm\"")
                   DELTA("\"type\":\"signature_delta\",\"signature\":\"a\"")
                       BLOCK_STOP REASON("max_tokens") STOP),
      CAUSE_OK);
  ck_assert(result.has_stream);
  ck_assert_int_eq(
      cause_of(START "data: {\"type\":\"content_block_start\",\"index\":0,"
                     "\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\","
                     "\"name\":\"n\",\"input\":{}}}\n\n" DELTA(
                         "\"type\":\"input_json_delta\",\"partial_json\":"
                         "\"{\\\"\"") BLOCK_STOP REASON("tool_use") STOP),
      CAUSE_OK);
  ck_assert(result.has_stream);
  ck_assert_int_eq(cause_of(START BLOCK BLOCK_STOP REASON("end_turn") STOP),
                   CAUSE_EMPTY_ANSWER);
  ck_assert(!result.has_stream);
}
END_TEST

START_TEST(test_ends_of_a_stream) {
  ck_assert_int_eq(cause_of(START BLOCK TEXT), CAUSE_STREAM_CUT);
  ck_assert_int_eq(cause_of(START BLOCK TEXT BLOCK_STOP), CAUSE_STREAM_CUT);
  ck_assert_int_eq(cause_of(START BLOCK TEXT BLOCK_STOP REASON("end_turn")),
                   CAUSE_STREAM_CUT);
  ck_assert_int_eq(
      cause_of(START BLOCK TEXT REASON("end_turn") "data: [DONE]\n\n"),
      CAUSE_STREAM_CUT);
  ck_assert_int_eq(cause_of(START BLOCK TEXT BLOCK_STOP STOP), CAUSE_OK);
  ck_assert_int_eq(cause_of(PING), CAUSE_MALFORMED);
  open_stream();
  come(1, START BLOCK TEXT REASON("end_turn") STOP);
  ck_assert_int_eq(end_as(CAUSE_CONNECTION), CAUSE_OK);
  open_stream();
  come(1, START BLOCK TEXT PING);
  ck_assert_int_eq(end_as(CAUSE_CONNECTION), CAUSE_STREAM_CUT);
  open_stream();
  come(1, START BLOCK TEXT REASON("end_turn"));
  ck_assert_int_eq(end_as(CAUSE_CONNECTION), CAUSE_STREAM_CUT);
  ck_assert_int_eq(result.http.transport_error, CAUSE_CONNECTION);
  open_stream();
  come(1, START BLOCK TEXT);
  come(29, PING);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
}
END_TEST

/* After so many events that their types alone exceed the limit on texts. */
START_TEST(test_errors_in_a_stream) {
  static const struct {
    const char *type, *message;
    enum cause cause;
  } cases[] = {{"overloaded_error", "Overloaded", CAUSE_UPSTREAM},
               {"rate_limit_error", "Number of requests", CAUSE_RATE_LIMITED},
               {"api_error", "Internal server error", CAUSE_STREAM_ERROR}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char event[256];
    snprintf(event, sizeof event,
             "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
             "\"%s\",\"message\":\"%s\"}}\n\n",
             cases[i].type, cases[i].message);
    open_stream();
    come(1, START BLOCK);
    for (unsigned n = 0; n < 100; n++)
      come(1, TEXT);
    come(2, event);
    ck_assert_msg(end_as(CAUSE_OK) == cases[i].cause, "%s", cases[i].type);
    ck_assert_str_eq(result.error_message, cases[i].message);
  }
}
END_TEST

START_TEST(test_stream_of_another_api) {
  cause_of("data: {\"object\":\"chat.completion.chunk\","
           "\"choices\":[{\"delta\":{\"content\":\"po\"}}]}\n"
           "\ndata: [DONE]\n\n");
  check_malformed("use <Chat>");
  cause_of("{\"type\":\"message\",\"content\":[]}");
  check_malformed(NULL);
}
END_TEST

int main(void) {
  completion_of(KIND_MESSAGES, "claude-haiku-4-5");
  return UNIT_RUN("messages_api", test_request, test_reasoning_effort,
                  test_message, test_cached_tokens_are_part_of_the_prompt,
                  test_reasoning_tokens_are_part_of_the_completion,
                  test_content, test_errors, test_answer_of_another_api,
                  test_stream, test_stream_in_bytes,
                  test_pieces_other_than_text, test_ends_of_a_stream,
                  test_errors_in_a_stream, test_stream_of_another_api);
}
