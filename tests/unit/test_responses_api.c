/* POST /responses: the request and plain answers. */
#include "completion_fixture.h"
#include "probe/probe_kind.h"
#include "responses_fixture.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

START_TEST(test_request) {
  check_request(false, "{\"model\":\"gpt-5-mini\",\"input\":\"ping\","
                       "\"max_output_tokens\":16,\"store\":false}");
  check_request(true, "{\"model\":\"gpt-5-mini\",\"input\":\"ping\","
                      "\"max_output_tokens\":16,\"store\":false,"
                      "\"stream\":true}");
}
END_TEST

/* --- plain answers -------------------------------------------------------- */

START_TEST(test_response) {
  result = answered(200, RESPONSE("gpt-5-mini-2025-08-07", COMPLETED,
                                  REASONING "," PONG, USAGE(8, 3, 12, 7)));
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert(!result.model_mismatch);
  ck_assert_uint_eq(result.prompt_tokens, 8);
  ck_assert_uint_eq(result.cached_tokens, 3);
  ck_assert_uint_eq(result.completion_tokens, 12);
  ck_assert_uint_eq(result.reasoning_tokens, 7);
}
END_TEST

/* As OpenRouter tells it. */
START_TEST(test_cost) {
  result = answered(200, RESPONSE("gpt-5-mini", COMPLETED, PONG,
                                  "{\"input_tokens\":8,\"output_tokens\":5,"
                                  "\"cost\":0.00012}"));
  ck_assert(result.has_cost);
  ck_assert_double_eq(result.cost, 0.00012);
}
END_TEST

START_TEST(test_substituted_model) {
  result = answered(200, RESPONSE("gpt-4.1-nano", COMPLETED, PONG, "null"));
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert(result.model_mismatch);
  ck_assert(!result.has_usage);
}
END_TEST

START_TEST(test_output) {
  static const struct {
    enum cause cause;
    const char *body;
  } cases[] = {
      {CAUSE_EMPTY_ANSWER, PLAIN(COMPLETED, "")},
      {CAUSE_EMPTY_ANSWER, PLAIN(COMPLETED, MESSAGE(""))},
      {CAUSE_EMPTY_ANSWER, PLAIN(COMPLETED, MESSAGE(OUTPUT_TEXT(" \\n")))},
      {CAUSE_OK, PLAIN(COMPLETED, REASONING)},
      {CAUSE_OK, PLAIN(COMPLETED, MESSAGE("{\"type\":\"refusal\","
                                          "\"refusal\":\"I can't.\"}"))},
      {CAUSE_OK,
       PLAIN(COMPLETED, "{\"type\":\"function_call\",\"call_id\":\"c\","
                        "\"name\":\"n\",\"arguments\":\"\"}")},
      {CAUSE_OK, PLAIN(INCOMPLETE("max_output_tokens"), PONG)},
      {CAUSE_OK, PLAIN(INCOMPLETE("max_output_tokens"), "")},
      {CAUSE_OK, PLAIN(INCOMPLETE("content_filter"), "")},
      {CAUSE_EMPTY_ANSWER, PLAIN("\"status\":\"incomplete\"", "")},
      {CAUSE_EMPTY_ANSWER, PLAIN("\"status\":\"in_progress\"", "")},
      {CAUSE_OK, "{\"output\":[" PONG "]}"},
      {CAUSE_OK, PLAIN(COMPLETED, "null," PONG)},
      {CAUSE_MALFORMED, PLAIN(COMPLETED, "\"Pong\"")},
      {CAUSE_MALFORMED, "{\"object\":\"response\",\"output\":\"Pong\"}"},
      {CAUSE_MALFORMED, "{\"object\":\"response\",\"output\":null}"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    enum cause cause = answered(200, cases[i].body).cause;
    ck_assert_msg(cause == cases[i].cause, "%s: %s", cases[i].body,
                  causes[cause].name);
  }
}
END_TEST

#define ERROR(type, param, code, message)                                      \
  "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                   \
  "\",\"param\":" param ",\"code\":" code "}}"
START_TEST(test_errors) {
  static const struct {
    int status;
    enum cause cause;
    const char *body;
  } cases[] = {
      {401, CAUSE_KEY_REJECTED,
       ERROR("invalid_request_error", "null", "\"invalid_api_key\"",
             "Incorrect API key provided")},
      {429, CAUSE_QUOTA,
       ERROR("insufficient_quota", "null", "\"insufficient_quota\"",
             "You exceeded your current quota")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("invalid_request_error", "null", "\"model_not_found\"",
             "The model 'gpt-5-mini' does not exist")},
      {400, CAUSE_CLIENT_ERROR,
       ERROR("invalid_request_error", "\"max_output_tokens\"",
             "\"integer_below_min_value\"",
             "Invalid 'max_output_tokens': integer below minimum value. "
             "Expected a value >= 16, but got 10 instead.")},
      {500, CAUSE_SERVER_ERROR,
       ERROR("server_error", "null", "null", "The server had an error")},
      {200, CAUSE_RATE_LIMITED,
       ERROR("requests", "null", "\"rate_limit_exceeded\"",
             "Rate limit reached")},
      {200, CAUSE_SERVER_ERROR,
       PLAIN(FAILED("server_error", "An error occurred"), "")},
      {200, CAUSE_RATE_LIMITED,
       PLAIN(FAILED("rate_limit_exceeded", "Rate limit reached"), "")},
      {200, CAUSE_SERVER_ERROR,
       "{\"object\":\"response\",\"status\":\"failed\",\"error\":null,"
       "\"output\":[]}"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    enum cause cause = answered(cases[i].status, cases[i].body).cause;
    ck_assert_msg(cause == cases[i].cause, "%s: %s", cases[i].body,
                  causes[cause].name);
  }
}
END_TEST

/* The advice names the key to change. */
START_TEST(test_limit_that_is_too_low) {
  result = answered(400, ERROR("invalid_request_error", "\"max_output_tokens\"",
                               "\"integer_below_min_value\"",
                               "Invalid 'max_output_tokens': integer below "
                               "minimum value. Expected a value >= 16, but got "
                               "10 instead."));
  ck_assert_int_eq(result.fault, FAULT_LOCAL);
  ck_assert_ptr_nonnull(strstr(result.advice, "Change MaxTokens"));
  result = answered(400, "{\"error\":\"'temperature': below minimum value\"}");
  ck_assert_ptr_null(result.advice);
}
END_TEST

/* Relays of agents repeat theirs. */
START_TEST(test_long_instructions) {
  static const char format[] =
      "{\"object\":\"response\",\"instructions\":\"%s\"," COMPLETED
      ",\"model\":\"gpt-5-mini\",\"output\":[" PONG "]}";
  static const char event[] = "data: {\"type\":\"response.completed\","
                              "\"response\":%s}\n\n";
  static char text[JSON_TOKEN_MAX * 2 + 1];
  static char body[sizeof text + sizeof format];
  static char stream[sizeof body + sizeof event];
  memset(text, 'a', sizeof text - 1);
  snprintf(body, sizeof body, format, text);
  snprintf(stream, sizeof stream, event, body);
  ck_assert_int_eq(answered(200, body).cause, CAUSE_OK);
  ck_assert_int_eq(cause_of(stream), CAUSE_OK);
}
END_TEST

START_TEST(test_answer_of_another_api) {
  result = answered(200, "{\"object\":\"chat.completion\",\"choices\":[{"
                         "\"message\":{\"content\":\"pong\"}}]}");
  check_malformed("use <Chat>");
  result = answered(200, "{\"type\":\"message\",\"content\":[]}");
  check_malformed("use <Messages>");
  result = answered(200, "{}");
  check_malformed(NULL);
}
END_TEST

int main(void) {
  completion_of(KIND_RESPONSES, "gpt-5-mini");
  return UNIT_RUN("responses_api", test_request, test_response, test_cost,
                  test_substituted_model, test_output, test_errors,
                  test_limit_that_is_too_low, test_long_instructions,
                  test_answer_of_another_api);
}
