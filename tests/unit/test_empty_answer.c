/* Empty completions, plain and streamed; those that may be empty; and those
 * whose finish reason is a failure. Each is as the named gateway or provider,
 * or a similar one, sends it. */
#include "probe/answer.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct probe_result result;

#define CHUNK(members) "data: {\"choices\":[" members "]}\n\n"
#define DELTA(members) CHUNK("{\"index\":0,\"delta\":{" members "}}")
#define STOP "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}"
#define DONE "data: [DONE]\n\n"

static enum cause plain(const char *body) {
  unit_relay_init(&unit);
  result = unit_probe_result(&unit.probes[UNIT_CHAT], 200, body);
  return result.cause;
}

static enum cause streamed(const char *body) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].stream = true;
  result = unit_probe_result(&unit.probes[UNIT_CHAT], 200, body);
  return result.cause;
}

static enum cause plain_choice(const char *members) {
  char body[1100];
  snprintf(body, sizeof body, "{\"choices\":[{%s}]}", members);
  return plain(body);
}

static enum cause plain_message(const char *members, const char *reason) {
  char choice[1024];
  snprintf(choice, sizeof choice,
           "\"index\":0,\"message\":{\"role\":\"assistant\",%s},"
           "\"finish_reason\":\"%s\"",
           members, reason);
  return plain_choice(choice);
}

/* First the delta, then the finish reason. */
static enum cause streamed_delta(const char *members, const char *reason) {
  char body[1024];
  snprintf(body, sizeof body,
           CHUNK("{\"index\":0,\"delta\":{\"role\":\"assistant\",%s}}")
               CHUNK("{\"index\":0,\"delta\":{},\"finish_reason\":\"%s\"}")
                   DONE,
           members, reason);
  return streamed(body);
}

/* --- empty ---------------------------------------------------------------- */

static const char *const nothing[] = {
    "\"content\":null",
    "\"content\":\"\"",
    "\"content\":\" \"",
    "\"content\":\"\\n\\n\\t \\r\"",
    "\"content\":\"\\u00a0\\u3000\\u2003\"", /* spaces of other scripts */
    "\"content\":\"\\u200b\\ufeff\"",        /* these are invisible too */
    "\"content\":[]",
    "\"content\":[\"\"]",
    "\"content\":[{\"type\":\"text\",\"text\":\"\"}]",
    "\"content\":[{\"type\":\"text\",\"text\":\" \"},{\"text\":null}]",
    "\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]",
    "\"content\":{}",
    "\"content\":\"\",\"reasoning_content\":\"\",\"tool_calls\":[]",
    "\"content\":\"\",\"reasoning_content\":null,\"tool_calls\":null",
    "\"content\":null,\"refusal\":null,\"function_call\":null",
    "\"content\":null,\"audio\":null,\"annotations\":[]",
    "\"content\":null,\"reasoning_details\":[],\"images\":[]"};

START_TEST(test_empty_content) {
  static const char *const reasons[] = {"stop", "end_turn", "unknown", ""};
  for (size_t i = 0; i < COUNT_OF(nothing); i++)
    for (size_t r = 0; r < COUNT_OF(reasons); r++) {
      ck_assert_msg(plain_message(nothing[i], reasons[r]) == CAUSE_EMPTY_ANSWER,
                    "%s", nothing[i]);
      ck_assert_int_eq(result.fault, FAULT_RELAY);
      ck_assert_msg(streamed_delta(nothing[i], reasons[r]) ==
                        CAUSE_EMPTY_ANSWER,
                    "%s", nothing[i]);
      ck_assert_int_eq(result.fault, FAULT_RELAY);
      ck_assert(!result.has_stream); /* it was empty, not fast */
    }
}
END_TEST

/* Without a message. */
START_TEST(test_missing_message) {
  static const char *const bodies[] = {
      "{\"choices\":[]}",
      "{\"choices\":[],\"usage\":{\"prompt_tokens\":9}}",
      "{\"choices\":[{}]}",
      "{\"choices\":[{\"finish_reason\":\"stop\"}]}",
      "{\"choices\":[{\"message\":null,\"finish_reason\":\"stop\"}]}",
      "{\"choices\":[{\"message\":{},\"finish_reason\":null}]}",
      "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"stop\"}]}"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++)
    ck_assert_msg(plain(bodies[i]) == CAUSE_EMPTY_ANSWER, "%s", bodies[i]);
}
END_TEST

START_TEST(test_empty_streams) {
  static const char *const bodies[] = {
      "data: {\"choices\":[]}\n\n" DONE,
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,"
      "\"completion_tokens\":0}}\n\n" DONE,
      CHUNK("{\"delta\":null,\"finish_reason\":\"stop\"}"), CHUNK(STOP),
      CHUNK(STOP) DONE, DELTA("\"role\":\"assistant\"") DONE,
      /* White space in single chunks. */
      DELTA("\"content\":\"\\n\"") DELTA("\"content\":\" \"") CHUNK(STOP) DONE};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    ck_assert_msg(streamed(bodies[i]) == CAUSE_EMPTY_ANSWER, "%s", bodies[i]);
    ck_assert(!result.has_stream);
  }
}
END_TEST

/* The usage must be paid for, and is exported. */
START_TEST(test_usage_of_empty_answers_counts) {
  static const char usage[] =
      "{\"model\":\"cheaper\",\"choices\":[{\"message\":{\"content\":\"\"},"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":8,"
      "\"completion_tokens\":1}}";
  ck_assert_int_eq(plain(usage), CAUSE_EMPTY_ANSWER);
  ck_assert(result.has_usage && result.model_mismatch);
  ck_assert_uint_eq(result.prompt_tokens, 8);
}
END_TEST

/* Cases with another cause. */
START_TEST(test_other_causes_take_precedence) {
  ck_assert_int_eq(streamed(""), CAUSE_MALFORMED);
  ck_assert_int_eq(streamed(DONE), CAUSE_MALFORMED);
  ck_assert_int_eq(plain(""), CAUSE_MALFORMED);
  ck_assert_int_eq(plain("{\"choices\":null}"), CAUSE_MALFORMED);
  ck_assert_int_eq(streamed("data: {\"choices\":[]}\n\n"), CAUSE_STREAM_CUT);
  ck_assert_int_eq(streamed(DELTA("\"content\":\"\"")), CAUSE_STREAM_CUT);
  ck_assert_int_eq(streamed(DELTA("\"content\":\" \"")), CAUSE_STREAM_CUT);
  ck_assert(!result.has_stream);
}
END_TEST

/* --- not empty ------------------------------------------------------------ */

START_TEST(test_content_of_each_kind) {
  static const char *const members[] = {
      "\"content\":\"a\"",
      "\"content\":\"0\"",
      "\"content\":\"\\n\\n.\"",
      "\"content\":\"\\u597d\"",
      "\"content\":[{\"type\":\"text\",\"text\":\"a\"}]",
      "\"content\":[{\"type\":\"text\",\"text\":\"\"},{\"text\":\"a\"}]",
      "\"content\":[\"\",\"a\"]",
      "\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"text\":\"hm\"}]}]",
      "\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"}]",
      "\"content\":\"\",\"reasoning_content\":\"hm\"",
      "\"content\":null,\"reasoning\":\"hm\"",
      "\"content\":\"\",\"thinking\":\"hm\"",
      "\"content\":\"\",\"reasoning_details\":[{\"data\":\"x\"}]",
      "\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"function\":{}}]",
      "\"content\":null,\"function_call\":{\"name\":\"f\"}",
      "\"content\":null,\"refusal\":\"I cannot\"",
      "\"content\":null,\"audio\":{\"id\":\"a\",\"data\":\"x\"}",
      "\"content\":\"\",\"images\":[{\"type\":\"image_url\"}]"};
  for (size_t i = 0; i < COUNT_OF(members); i++) {
    ck_assert_msg(plain_message(members[i], "stop") == CAUSE_OK, "%s",
                  members[i]);
    ck_assert_msg(streamed_delta(members[i], "stop") == CAUSE_OK, "%s",
                  members[i]);
  }
  ck_assert_int_eq(plain_choice("\"text\":\"a\""), CAUSE_OK);
  ck_assert_int_eq(streamed(CHUNK("{\"text\":\"a\"}") DONE), CAUSE_OK);
  ck_assert(result.has_stream);
}
END_TEST

/* The content is in another choice or in a later chunk. */
START_TEST(test_content_in_any_choice) {
  ck_assert_int_eq(plain("{\"choices\":[{\"message\":{\"content\":\"\"}},"
                         "{\"message\":{\"content\":\"a\"}}]}"),
                   CAUSE_OK);
  ck_assert_int_eq(streamed(DELTA("\"content\":\" \"")
                                DELTA("\"content\":\"a\"") CHUNK(STOP)),
                   CAUSE_OK);
  ck_assert(result.has_stream);
  ck_assert_int_eq(streamed(CHUNK("{\"message\":{\"content\":\"a\"}}") DONE),
                   CAUSE_OK);
}
END_TEST

/* Members with the same names elsewhere do not count. */
START_TEST(test_content_in_other_members_does_not_count) {
  ck_assert_int_eq(
      plain_choice("\"message\":{\"content\":\"\"},\"logprobs\":{\"content\":"
                   "[{\"token\":\"a\",\"text\":\"a\"}],\"refusal\":\"a\"}"),
      CAUSE_EMPTY_ANSWER);
  ck_assert_int_eq(plain_choice("\"logprobs\":{\"content\":\"a\"}"),
                   CAUSE_EMPTY_ANSWER);
}
END_TEST

/* --- empty for a known reason --------------------------------------------- */

START_TEST(test_explained_by_the_finish_reason) {
  static const char *const reasons[] = {"length",     "max_tokens",
                                        "tool_calls", "content_filter",
                                        "sensitive",  "SAFETY"};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    for (size_t n = 0; n < COUNT_OF(nothing); n++) {
      ck_assert_msg(plain_message(nothing[n], reasons[i]) == CAUSE_OK, "%s",
                    reasons[i]);
      ck_assert_msg(streamed_delta(nothing[n], reasons[i]) == CAUSE_OK, "%s",
                    reasons[i]);
    }
}
END_TEST

/* A model with hidden reasoning, and a limit too low for an answer. */
START_TEST(test_explained_by_hidden_reasoning) {
  static const char *const usages[] = {
      "{\"completion_tokens_details\":{\"reasoning_tokens\":10}}",
      "{\"output_tokens_details\":{\"reasoning_tokens\":10}}",
      "{\"reasoning_tokens\":10}"};
  char body[512];
  for (size_t i = 0; i < COUNT_OF(usages); i++) {
    snprintf(body, sizeof body,
             "{\"choices\":[{\"message\":{\"content\":\"\"},"
             "\"finish_reason\":\"stop\"}],\"usage\":%s}",
             usages[i]);
    ck_assert_int_eq(plain(body), CAUSE_OK);
    snprintf(body, sizeof body,
             CHUNK(STOP) "data: {\"choices\":[],\"usage\":%s}\n\n" DONE,
             usages[i]);
    ck_assert_int_eq(streamed(body), CAUSE_OK);
    ck_assert(!result.has_stream);
  }
  ck_assert_int_eq(plain("{\"choices\":[{\"message\":{\"content\":\"\"}}],"
                         "\"usage\":{\"completion_tokens_details\":{"
                         "\"reasoning_tokens\":0}}}"),
                   CAUSE_EMPTY_ANSWER);
}
END_TEST

/* --- finish reasons that are failures ------------------------------------- */

/* OpenRouter, Zhipu, DeepSeek: with or without a partial answer. */
START_TEST(test_failing_finish_reasons) {
  static const char *const reasons[] = {"error", "network_error", "Error_x",
                                        "insufficient_system_resource"};
  static const char *const members[] = {"\"content\":\"Hel\"",
                                        "\"content\":\"\""};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    for (size_t m = 0; m < COUNT_OF(members); m++) {
      ck_assert_int_eq(plain_message(members[m], reasons[i]),
                       CAUSE_SERVER_ERROR);
      ck_assert_str_eq(result.error_code, reasons[i]);
      ck_assert_int_eq(streamed_delta(members[m], reasons[i]),
                       CAUSE_STREAM_ERROR);
      ck_assert_str_eq(result.error_code, reasons[i]);
      ck_assert_int_eq(result.fault, FAULT_RELAY);
      ck_assert(result.has_stream == (m == 0));
    }
}
END_TEST

START_TEST(test_failure_in_any_choice) {
  ck_assert_int_eq(
      plain("{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":"
            "\"error\"},{\"message\":{\"content\":\"b\"},\"finish_reason\":"
            "\"stop\"}]}"),
      CAUSE_SERVER_ERROR);
}
END_TEST

/* Also if the stream does not end properly. */
START_TEST(test_failure_before_a_transport_error) {
  static const enum cause breaks[] = {CAUSE_OK, CAUSE_CONNECTION,
                                      CAUSE_TIMEOUT};
  static const char body[] = CHUNK("{\"finish_reason\":\"error\"}");
  static struct answer answer;
  for (size_t i = 0; i < COUNT_OF(breaks); i++) {
    struct http_result http = unit_http_result(200);
    http.transport_error = breaks[i];
    unit_relay_init(&unit);
    unit.probes[UNIT_CHAT].stream = true;
    answer_open(&answer, &unit.probes[UNIT_CHAT], NULL, NULL);
    answer_feed(&answer, body, strlen(body), 1);
    answer_close(&answer, &http, &result);
    ck_assert_int_eq(result.cause, CAUSE_STREAM_ERROR);
  }
}
END_TEST

/* An error text next to it takes precedence. */
START_TEST(test_error_text_takes_precedence) {
  static const char error[] =
      "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"},"
      "\"choices\":[{\"finish_reason\":\"error\"}]}";
  char body[512];
  ck_assert_int_eq(plain(error), CAUSE_RATE_LIMITED);
  ck_assert_str_eq(result.error_code, "rate_limit_exceeded");
  snprintf(body, sizeof body, "data: %s\n\n", error);
  ck_assert_int_eq(streamed(body), CAUSE_RATE_LIMITED);
  ck_assert_str_eq(result.error_code, "rate_limit_exceeded");
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "empty_answer", test_empty_content, test_missing_message,
      test_empty_streams, test_usage_of_empty_answers_counts,
      test_other_causes_take_precedence, test_content_of_each_kind,
      test_content_in_any_choice, test_content_in_other_members_does_not_count,
      test_explained_by_the_finish_reason, test_explained_by_hidden_reasoning,
      test_failing_finish_reasons, test_failure_in_any_choice,
      test_failure_before_a_transport_error, test_error_text_takes_precedence);
}
