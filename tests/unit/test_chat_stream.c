/* Streamed completions: timing, usage and how they end. */
#include "probe/answer.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;
static struct answer answer;
static struct probe_result result;

#define FINISHED "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"
#define USAGE                                                                  \
  "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"                      \
  "\"completion_tokens\":5}}\n\n"
#define DONE "data: [DONE]\n\n"

static void open_stream(void) {
  unit_relay_init(&unit);
  unit.probes[UNIT_CHAT].stream = true;
  answer_open(&answer, &unit.probes[UNIT_CHAT], NULL, NULL);
}

static void come(double at, const char *data) {
  answer_feed(&answer, data, strlen(data), at);
}

/* A chunk with this delta. */
static void delta(double at, const char *members) {
  char data[512];
  snprintf(data, sizeof data,
           "data: {\"model\":\"openai/gpt-4o-mini\",\"choices\":[{\"index\":0,"
           "\"delta\":{%s},\"finish_reason\":null}],\"usage\":null}\n\n",
           members);
  come(at, data);
}

static void token(double at) { delta(at, "\"content\":\"po\""); }

static enum cause end_as(enum cause transport_error) {
  struct http_result http = unit_http_result(200);
  http.transport_error = transport_error;
  http.fault = causes[transport_error].fault;
  answer_close(&answer, &http, &result);
  return result.cause;
}

static enum cause end(void) { return end_as(CAUSE_OK); }

/* Evaluates this body. */
static enum cause cause_of(const char *body) {
  open_stream();
  come(1, body);
  return end();
}

/* --- complete streams ----------------------------------------------------- */

START_TEST(test_stream) {
  open_stream();
  delta(0.5, "\"role\":\"assistant\",\"content\":\"\"");
  token(0.75);
  token(1);
  token(1.5);
  token(1.75);
  come(1.8, FINISHED);
  come(1.9, USAGE DONE);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert(result.has_stream);
  ck_assert_double_eq(result.first_token, 0.75);
  ck_assert_double_eq(result.longest_gap, 0.5);
  ck_assert_double_eq(result.tokens_per_second, 4); /* 4 per second */
  ck_assert(result.has_usage);
  ck_assert_uint_eq(result.prompt_tokens, 8);
  ck_assert_uint_eq(result.completion_tokens, 5);
  ck_assert(!result.model_mismatch);
  ck_assert_int_eq(result.http.transport_error, CAUSE_OK);
}
END_TEST

/* What counts as the first token. */
START_TEST(test_time_to_first_token) {
  static const struct {
    const char *members;
    bool token;
  } cases[] = {
      {"\"content\":\"a\"", true},
      {"\"content\":\" \"", true},
      {"\"content\":\"\"", false},
      {"\"content\":null", false},
      {"\"content\":[]", false},
      {"\"content\":[{\"type\":\"text\",\"text\":\"\"}]", false},
      {"\"content\":[{\"type\":\"text\",\"text\":\"a\"}]", true},
      {"\"content\":[\"a\",\"b\"]", true},
      {"\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":"
       "\"text\",\"text\":\"a\"}]}]",
       true},
      {"\"content\":[{\"type\":\"thinking\",\"thinking\":\"a\"}]", true},
      {"\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]", false},
      {"\"refusal\":\"no\"", true},
      {"\"thinking\":\"a\"", true},
      {"\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}", true},
      {"\"function_call\":null", false},
      {"\"role\":\"assistant\"", false},
      {"\"refusal\":null", false},
      {"\"reasoning_content\":\"a\"", true},
      {"\"reasoning_content\":\"\"", false},
      {"\"reasoning_content\":null,\"content\":\"a\"", true},
      {"\"reasoning\":\"a\"", true},
      {"\"tool_calls\":[{\"index\":0,\"id\":\"c\"}]", true},
      {"\"tool_calls\":[]", false},
      {"\"tool_calls\":null", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_stream();
    delta(2, cases[i].members);
    token(3);
    come(4, FINISHED DONE);
    ck_assert_int_eq(end(), CAUSE_OK);
    ck_assert(result.has_stream);
    ck_assert_msg(result.first_token == (cases[i].token ? 2 : 3), "%s",
                  cases[i].members);
  }
}
END_TEST

/* Content outside of a delta is not a token of the stream. */
START_TEST(test_whole_message_in_one_event) {
  ck_assert_int_eq(cause_of("data: {\"choices\":[{\"message\":{\"content\":"
                            "\"pong\"},\"finish_reason\":\"stop\"}]}\n\n" DONE),
                   CAUSE_OK);
  ck_assert(!result.has_stream);
}
END_TEST

START_TEST(test_gaps) {
  static const struct {
    double times[4], longest;
  } cases[] = {
      {{1, 1, 1, 1}, 0},
      {{1, 2, 5, 6}, 3},
      {{5, 5.5, 6, 6.5}, 0.5}, /* the wait for the first is not a gap */
      {{1, 3, 4, 4}, 2}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_stream();
    for (size_t t = 0; t < 4; t++)
      token(cases[i].times[t]);
    come(20, FINISHED); /* nor is the wait for the end */
    ck_assert_int_eq(end(), CAUSE_OK);
    ck_assert_double_eq(result.longest_gap, cases[i].longest);
  }
}
END_TEST

/* --- usage --------------------------------------------------------------- */

static double rate_of(double first, double last, const char *rest) {
  open_stream();
  token(first);
  token(last);
  come(last, rest);
  ck_assert_int_eq(end(), CAUSE_OK);
  return result.tokens_per_second;
}

START_TEST(test_tokens_per_second) {
  ck_assert_double_eq(rate_of(1, 3, FINISHED USAGE), 2);
  ck_assert_double_eq(rate_of(1, 1, FINISHED USAGE), 0); /* all at once */
  ck_assert_double_eq(rate_of(1, 1.001, FINISHED USAGE), 0);
  ck_assert_double_gt(rate_of(1, 1.002, FINISHED USAGE), 0);
  ck_assert_double_eq(rate_of(1, 3, FINISHED), 0);
  ck_assert_double_eq(
      rate_of(1, 3,
              FINISHED "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"
                       "\"completion_tokens\":1}}\n\n"),
      0); /* it was the first */
}
END_TEST

/* Hidden reasoning comes before the first token. */
START_TEST(test_tokens_per_second_of_reasoning_models) {
  static const char thought[] =
      FINISHED "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"
               "\"completion_tokens\":505,\"completion_tokens_details\":{"
               "\"reasoning_tokens\":500}}}\n\n";
  ck_assert_double_eq(rate_of(1, 3, thought), 2);
  open_stream();
  delta(1, "\"reasoning_content\":\"a\"");
  token(3);
  come(3, thought);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert_double_eq(result.tokens_per_second, 252);
  ck_assert_double_eq(
      rate_of(1, 3,
              FINISHED "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"
                       "\"completion_tokens\":5,\"completion_tokens_details\":{"
                       "\"reasoning_tokens\":5}}}\n\n"),
      0);
}
END_TEST

/* Each chunk names a model; some are a gateway's own. */
START_TEST(test_other_model_in_one_chunk) {
  static const char named[] =
      "data: {\"model\":\"cheaper\",\"choices\":[]}\n\n";
  open_stream();
  token(1);
  come(2, named);
  come(3, FINISHED DONE);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert(result.model_mismatch);
  open_stream();
  come(1, named);
  token(2);
  come(3, FINISHED DONE);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert(result.model_mismatch);
}
END_TEST

START_TEST(test_without_usage) {
  static const char *const usages[] = {
      "", "data: {\"choices\":[],\"usage\":null}\n\n",
      "data: {\"choices\":[],\"usage\":{}}\n\n",
      "data: {\"choices\":[],\"usage\":{\"completion_tokens\":2}}\n\n"};
  for (size_t i = 0; i < COUNT_OF(usages); i++) {
    open_stream();
    token(1);
    come(2, FINISHED);
    come(2, usages[i]);
    come(2, DONE);
    ck_assert_int_eq(end(), CAUSE_OK);
    ck_assert(result.has_stream && !result.has_usage);
  }
}
END_TEST

/* Some relays send the usage in every chunk: the last one counts. */
START_TEST(test_continuous_usage) {
  open_stream();
  come(1, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{"
          "\"prompt_tokens\":8,\"completion_tokens\":1}}\n\n");
  come(2, FINISHED USAGE DONE);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert_uint_eq(result.completion_tokens, 5);
}
END_TEST

/* --- how streams end ------------------------------------------------------ */

static enum cause end_of(const char *rest, enum cause transport_error) {
  open_stream();
  token(1);
  come(2, rest);
  return end_as(transport_error);
}

START_TEST(test_complete_ends) {
  ck_assert_int_eq(end_of(FINISHED USAGE DONE, CAUSE_OK), CAUSE_OK);
  ck_assert_int_eq(end_of(FINISHED, CAUSE_OK), CAUSE_OK);
  ck_assert_int_eq(end_of(DONE, CAUSE_OK), CAUSE_OK);
  ck_assert_int_eq(end_of(FINISHED USAGE, CAUSE_CONNECTION), CAUSE_OK);
  ck_assert_int_eq(result.http.transport_error, CAUSE_OK);
  ck_assert_int_eq(end_of(DONE, CAUSE_CONNECTION), CAUSE_OK);
  ck_assert_int_eq(end_of(DONE, CAUSE_TIMEOUT), CAUSE_OK);
  ck_assert(result.has_stream);
  /* The duration then ends there and is not the timeout. */
  ck_assert_double_eq(result.http.duration, 2);
}
END_TEST

/* With KeepAlive the end is awaited, here in vain. */
START_TEST(test_data_after_the_end) {
  open_stream();
  token(0.5);
  come(1, FINISHED DONE);
  come(29, ": ping\n\n");
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_OK);
  ck_assert_double_eq(result.http.duration, 1);
}
END_TEST

/* Some relays send the usage in a chunk without a list of choices: null, vLLM's
 * {}, or none; Moonshot puts it into the last choice. */
START_TEST(test_usage_in_other_places) {
  static const char *const chunks[] = {
      "{\"choices\":null,\"usage\":{\"prompt_tokens\":8,"
      "\"completion_tokens\":3}}",
      "{\"choices\":{},\"usage\":{\"prompt_tokens\":8,"
      "\"completion_tokens\":3}}",
      "{\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":3}}",
      "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\","
      "\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":3}}]}",
      "{\"choices\":[],\"x_groq\":{\"usage\":{\"prompt_tokens\":8,"
      "\"completion_tokens\":3}}}"};
  for (size_t i = 0; i < COUNT_OF(chunks); i++) {
    char rest[512];
    snprintf(rest, sizeof rest, FINISHED "data: %s\n\n" DONE, chunks[i]);
    ck_assert_int_eq(end_of(rest, CAUSE_OK), CAUSE_OK);
    ck_assert_msg(result.has_usage, "%s", chunks[i]);
    ck_assert_uint_eq(result.prompt_tokens, 8);
    ck_assert_uint_eq(result.completion_tokens, 3);
    ck_assert(result.has_stream);
  }
}
END_TEST

START_TEST(test_truncated_stream) {
  ck_assert_int_eq(end_of("", CAUSE_OK), CAUSE_STREAM_CUT);
  ck_assert_int_eq(result.fault, FAULT_RELAY);
  ck_assert_int_eq(end_of(USAGE, CAUSE_OK), CAUSE_STREAM_CUT);
  ck_assert_int_eq(
      end_of("data: {\"choices\":[{\"finish_reason\":\"st", CAUSE_OK),
      CAUSE_STREAM_CUT);
  ck_assert_int_eq(end_of("data: [DO", CAUSE_OK), CAUSE_STREAM_CUT);
  ck_assert_int_eq(end_of("", CAUSE_CONNECTION), CAUSE_STREAM_CUT);
  ck_assert_int_eq(result.fault, FAULT_RELAY);
  ck_assert_int_eq(result.http.transport_error, CAUSE_CONNECTION);
  ck_assert_int_eq(end_of("", CAUSE_TLS), CAUSE_STREAM_CUT);
  /* Some relays send "" in each chunk: that is not a finish reason. */
  static const char unfinished[] =
      "data: {\"choices\":[{\"delta\":{\"content\":\"po\"},"
      "\"finish_reason\":\"\"}]}\n\n";
  ck_assert_int_eq(end_of(unfinished, CAUSE_OK), CAUSE_STREAM_CUT);
  ck_assert_int_eq(end_of(unfinished, CAUSE_CONNECTION), CAUSE_STREAM_CUT);
  /* An error that is cut off. */
  open_stream();
  come(1, "data: {\"error\":{\"message\":\"x");
  ck_assert_int_eq(end_as(CAUSE_CONNECTION), CAUSE_STREAM_CUT);
  ck_assert_int_eq(result.http.transport_error, CAUSE_CONNECTION);
}
END_TEST

/* The time to first token and the usage are kept. */
START_TEST(test_stats_of_failures) {
  static const struct {
    const char *rest;
    enum cause transport_error, cause;
  } cases[] = {
      {USAGE, CAUSE_OK, CAUSE_STREAM_CUT},
      {USAGE, CAUSE_CONNECTION, CAUSE_STREAM_CUT},
      {FINISHED USAGE, CAUSE_TIMEOUT, CAUSE_STREAM_STALLED},
      {USAGE "data: {\"error\":\"x\"}\n\n", CAUSE_OK, CAUSE_STREAM_ERROR}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    ck_assert_int_eq(end_of(cases[i].rest, cases[i].transport_error),
                     cases[i].cause);
    ck_assert(result.has_stream && result.has_usage);
    ck_assert_double_eq(result.first_token, 1);
  }
  open_stream();
  token(29);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
  ck_assert_double_eq(result.first_token, 29);
  open_stream();
  ck_assert_int_eq(end_as(CAUSE_CONNECTION), CAUSE_CONNECTION);
  ck_assert(!result.has_stream && !result.has_usage);
}
END_TEST

/* Nothing of the stream had arrived: the transport error is the cause. */
START_TEST(test_transport_error_before_the_stream) {
  static const enum cause breaks[] = {CAUSE_TIMEOUT, CAUSE_CONNECTION};
  for (size_t i = 0; i < COUNT_OF(breaks); i++) {
    open_stream();
    ck_assert_int_eq(end_as(breaks[i]), breaks[i]);
    open_stream();
    come(1, "\r\n");
    ck_assert_int_eq(end_as(breaks[i]), breaks[i]);
  }
}
END_TEST

/* A local error is not the stream's fault. */
START_TEST(test_local_error) {
  ck_assert_int_eq(end_of("", CAUSE_INTERNAL), CAUSE_INTERNAL);
  ck_assert_int_eq(result.fault, FAULT_LOCAL);
}
END_TEST

/* --- stalls, with a timeout of 30 s --------------------------------------- */

START_TEST(test_stalled_stream) {
  ck_assert_int_eq(end_of("", CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
  ck_assert_int_eq(result.fault, FAULT_RELAY);
  ck_assert_int_eq(result.http.transport_error, CAUSE_TIMEOUT);
  /* A finished stream that stays open without [DONE]. */
  ck_assert_int_eq(end_of(FINISHED, CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
  open_stream();
  come(0.1, ": processing\n\n");
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
  open_stream();
  token(1);
  token(12);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
  /* It had paused for longer before, but it was finished. */
  open_stream();
  token(1);
  token(20);
  come(25, FINISHED);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
}
END_TEST

/* Comments show that the relay is alive, not the model. */
START_TEST(test_stalled_stream_with_comments) {
  open_stream();
  token(1);
  for (int at = 2; at < 30; at++)
    come(at, ": ping\n\n");
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_STREAM_STALLED);
}
END_TEST

/* A stream that still drips is slow: it times out like any other. */
START_TEST(test_slow_stream) {
  open_stream();
  for (int at = 1; at < 30; at += 4)
    token(at);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_TIMEOUT);
  ck_assert_int_eq(result.http.transport_error, CAUSE_TIMEOUT);
}
END_TEST

/* --- errors within a stream ----------------------------------------------- */

static enum cause error_of(const char *error) {
  char data[512];
  snprintf(data, sizeof data, "data: {\"error\":%s}\n\n", error);
  return end_of(data, CAUSE_OK);
}

/* Their text takes precedence. */
START_TEST(test_errors) {
  ck_assert_int_eq(error_of("{\"code\":\"rate_limit_exceeded\"}"),
                   CAUSE_RATE_LIMITED);
  ck_assert_int_eq(result.fault, FAULT_ACCOUNT);
  ck_assert_str_eq(result.error_code, "rate_limit_exceeded");
  ck_assert_int_eq(error_of("{\"type\":\"insufficient_quota\"}"), CAUSE_QUOTA);
  ck_assert_int_eq(error_of("{\"code\":429,\"message\":\"wait\"}"),
                   CAUSE_RATE_LIMITED);
  ck_assert_int_eq(error_of("{\"code\":502,\"message\":\"bad\"}"),
                   CAUSE_UPSTREAM);
  ck_assert_int_eq(error_of("{\"code\":\"invalid_api_key\"}"),
                   CAUSE_KEY_REJECTED);
  ck_assert_int_eq(error_of("{\"type\":\"overloaded_error\"}"), CAUSE_UPSTREAM);
  ck_assert_int_eq(error_of("{\"message\":\"it broke\"}"), CAUSE_STREAM_ERROR);
  ck_assert_int_eq(result.fault, FAULT_RELAY);
  ck_assert_str_eq(result.error_message, "it broke");
  ck_assert_int_eq(error_of("\"it broke\""), CAUSE_STREAM_ERROR);
  ck_assert_str_eq(result.error_message, "it broke");
  ck_assert_int_eq(error_of("null"), CAUSE_STREAM_CUT);
}
END_TEST

START_TEST(test_error_decides_the_cause) {
  static const char error[] = "data: {\"error\":{\"message\":\"x\"}}\n\n";
  static const enum cause ends[] = {CAUSE_OK, CAUSE_TIMEOUT, CAUSE_CONNECTION};
  for (size_t i = 0; i < COUNT_OF(ends); i++) {
    ck_assert_int_eq(end_of(error, ends[i]), CAUSE_STREAM_ERROR);
    ck_assert_int_eq(result.http.transport_error, CAUSE_OK);
  }
  open_stream();
  come(1, error);
  come(2, FINISHED USAGE DONE);
  ck_assert_int_eq(end(), CAUSE_STREAM_ERROR);
  ck_assert(result.has_usage); /* it must be paid for */
}
END_TEST

START_TEST(test_error_events) {
  ck_assert_int_eq(
      end_of("event: error\ndata: {\"message\":\"it broke\"}\n\n", CAUSE_OK),
      CAUSE_STREAM_ERROR);
  ck_assert_str_eq(result.error_message, "it broke");
  ck_assert_int_eq(
      end_of("event: error\ndata: {\"code\":\"slow_down\"}\n\n", CAUSE_OK),
      CAUSE_RATE_LIMITED);
  ck_assert_int_eq(end_of("event: error\ndata: it broke\n\n", CAUSE_OK),
                   CAUSE_STREAM_ERROR);
  ck_assert_int_eq(end_of("event: error\ndata: it broke\n\n", CAUSE_TIMEOUT),
                   CAUSE_STREAM_ERROR);
}
END_TEST

/* --- not a stream --------------------------------------------------------- */

START_TEST(test_malformed_events) {
  static const char *const bodies[] = {
      "",
      ": ping\n\n",
      "<html></html>",
      "{\"choices\":[{\"delta\":{}}]}", /* a plain response */
      "{\"choices\":[{\"message\":{},\"finish_reason\":\"stop\"}],"
      "\"usage\":{}}",
      "Internal Server Error",
      DONE,
      "data: {}\n\n" DONE,
      "data: 5\n\n" DONE,
      "data: pong\n\n" DONE,
      "data: {\"choices\":null}\n\n" DONE,
      "data: {\"choices\":[null]}\n\n" DONE,
      "data: {\"choices\":{\"delta\":{\"content\":\"a\"}}}\n\n" DONE,
      "event: message\ndata: it works\n\n" DONE,
      "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}}]\n\n" DONE,
      FINISHED "data: {\"choices\n\n"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++)
    ck_assert_msg(cause_of(bodies[i]) == CAUSE_MALFORMED, "%s", bodies[i]);
}
END_TEST

START_TEST(test_unrequested_stream) {
  open_stream();
  unit.probes[UNIT_CHAT].stream = false;
  answer_open(&answer, &unit.probes[UNIT_CHAT], NULL, NULL);
  token(1);
  come(2, FINISHED DONE);
  ck_assert_int_eq(end(), CAUSE_MALFORMED);
}
END_TEST

/* A response that is not a 200 is classified by its status, streamed or not. */
START_TEST(test_other_statuses) {
  static const struct {
    int status;
    const char *body;
    enum cause cause;
  } cases[] = {
      {429, "{\"error\":{\"code\":\"insufficient_quota\"}}", CAUSE_QUOTA},
      {429, "data: {\"error\":{\"message\":\"x\"}}\n\n", CAUSE_RATE_LIMITED},
      {500, "{\"error\":{\"message\":\"x\"}}", CAUSE_SERVER_ERROR},
      {500, "data: {\"error\":{\"message\":\"x\"}}\n\n", CAUSE_SERVER_ERROR},
      {502, "<html>", CAUSE_UPSTREAM},
      {400, FINISHED DONE, CAUSE_CLIENT_ERROR}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    unit_relay_init(&unit);
    unit.probes[UNIT_CHAT].stream = true;
    result = unit_probe_result(&unit.probes[UNIT_CHAT], cases[i].status,
                               cases[i].body);
    ck_assert_msg(result.cause == cases[i].cause, "%s: %s", cases[i].body,
                  causes[result.cause].name);
    ck_assert(!result.has_stream);
  }
}
END_TEST

/* --- model mismatch ------------------------------------------------------- */

START_TEST(test_model_mismatch) {
  open_stream();
  come(1, "data: {\"model\":\"cheaper\",\"choices\":[{\"delta\":{\"content\":"
          "\"a\"}}]}\n\n");
  come(2, FINISHED DONE);
  ck_assert_int_eq(end(), CAUSE_OK);
  ck_assert(result.model_mismatch);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "chat_stream", test_stream, test_time_to_first_token,
      test_whole_message_in_one_event, test_gaps, test_tokens_per_second,
      test_tokens_per_second_of_reasoning_models, test_other_model_in_one_chunk,
      test_without_usage, test_data_after_the_end, test_usage_in_other_places,
      test_continuous_usage, test_complete_ends, test_truncated_stream,
      test_stats_of_failures, test_transport_error_before_the_stream,
      test_local_error, test_stalled_stream, test_stalled_stream_with_comments,
      test_slow_stream, test_errors, test_error_decides_the_cause,
      test_error_events, test_malformed_events, test_unrequested_stream,
      test_other_statuses, test_model_mismatch);
}
