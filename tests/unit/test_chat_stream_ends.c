/* Streamed completions: how they end, fail or are none. */
#include "chat_stream_fixture.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>

/* --- how streams end ------------------------------------------------------ */

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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_STREAM_ERROR);
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
  probe.stream = false;
  token(1);
  come(2, FINISHED DONE);
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_MALFORMED);
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
    setup(true);
    result = unit_probe_result(&probe, cases[i].status, cases[i].body);
    ck_assert_msg(result.cause == cases[i].cause, "%s: %s", cases[i].body,
                  causes[result.cause].name);
    ck_assert(!result.has_stream);
  }
}
END_TEST

int main(void) {
  completion_of(KIND_CHAT, "openai/gpt-4o-mini");
  return UNIT_RUN(
      "chat_stream_ends", test_complete_ends, test_data_after_the_end,
      test_truncated_stream, test_stats_of_failures,
      test_transport_error_before_the_stream, test_local_error,
      test_stalled_stream, test_stalled_stream_with_comments, test_slow_stream,
      test_errors, test_error_decides_the_cause, test_error_events,
      test_malformed_events, test_unrequested_stream, test_other_statuses);
}
