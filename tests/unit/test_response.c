/* A response that is fed line by line and piece by piece, as any network would.
 */
#include "probe/response.h"

#include "unit.h"

#include <string.h>

#define KEY "sk-0123456789abcdef"
#define COMPLETION                                                             \
  "{\"choices\":[{\"message\":{\"content\":\"pong\"}}],"                       \
  "\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2}}"

static const double WALL = 1700000000;

static struct unit_relay unit;
static struct request request;
static char key[KEY_MAX];
static struct response response;
static struct probe_result result;

static void setup(size_t probe) {
  unit_relay_init(&unit);
  strcpy(key, KEY);
  request = (struct request){
      .relay = &unit.relay, .probe = &unit.probes[probe], .key = key};
  ck_assert(response_init(&response, unit.relay.header_count));
  response_open(&response, &request);
}

static bool header(const char *line) {
  return response_header(&response, line, strlen(line), WALL);
}

static bool body(const char *text) {
  return response_body(&response, text, strlen(text), 0.25);
}

static void finish(int status) {
  struct http_result http = unit_http_result(status);
  response_finish(&response, &http, &result);
  response_free(&response);
}

START_TEST(test_a_whole_response) {
  setup(UNIT_CHAT);
  ck_assert(header("HTTP/1.1 200 OK\r\n"));
  ck_assert(header("X-Request-Id: req_1\r\n"));
  ck_assert(header("X-RateLimit-Remaining-Requests: 7\r\n"));
  ck_assert(header("\r\n"));
  ck_assert(body(COMPLETION));
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert_uint_eq(result.prompt_tokens, 8);
  ck_assert_str_eq(result.http.request_id, "req_1");
  ck_assert(result.http.ratelimit[RATELIMIT_REQUESTS].has_remaining);
}
END_TEST

START_TEST(test_expected_text) {
  setup(UNIT_CHAT);
  request.expected = "lamprose";
  response_open(&response, &request);
  ck_assert(body(COMPLETION));
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_UNEXPECTED_ANSWER);
}
END_TEST

START_TEST(test_what_it_asks_to_wait) {
  setup(UNIT_MODELS);
  ck_assert(header("HTTP/1.1 429 Too Many Requests\r\n"));
  ck_assert(header("Retry-After: 30\r\n"));
  finish(429);
  ck_assert_int_eq(result.cause, CAUSE_RATE_LIMITED);
  ck_assert_double_eq(result.http.retry_after, 30);
}
END_TEST

/* The key that it was sent with, the one that has replaced it since, and the
 * values of configured headers. */
START_TEST(test_secrets) {
  static char secret[] = "X-Team: hidden-team";
  static char *headers[] = {secret};
  setup(UNIT_MODELS);
  response_free(&response);
  unit.relay.headers = headers;
  unit.relay.header_count = 1;
  ck_assert(response_init(&response, 1));
  response_open(&response, &request);
  strcpy(key, "sk-another-one");
  ck_assert(body("{\"error\":{\"message\":\"" KEY
                 ", sk-another-one, hidden-team\"}}"));
  finish(401);
  ck_assert_ptr_nonnull(strchr(result.error_message, ','));
  ck_assert_ptr_null(strstr(result.error_message, "sk-"));
  ck_assert_ptr_null(strstr(result.error_message, "hidden"));
}
END_TEST

/* Nothing of it is read, and nothing more has to come. */
START_TEST(test_an_encoded_body) {
  setup(UNIT_MODELS);
  ck_assert(header("HTTP/1.1 200 OK\r\n"));
  ck_assert(header("Content-Encoding: gzip\r\n"));
  ck_assert(!body("\x1F\x8B"));
  ck_assert(response.complete);
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_MALFORMED);
  ck_assert(result.http.encoded);
}
END_TEST

/* What comes behind its end is not awaited. */
START_TEST(test_the_end_of_a_stream) {
  setup(UNIT_CHAT);
  unit.probes[UNIT_CHAT].stream = true;
  response_open(&response, &request);
  ck_assert(body("data: {\"choices\":[{\"delta\":{\"content\":\"pong\"},"
                 "\"finish_reason\":\"stop\"}]}\n\n"));
  ck_assert(!response.complete);
  ck_assert(body("data: [DONE]\n\n"));
  ck_assert(response.complete);
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_OK);
}
END_TEST

/* --- the first token ------------------------------------------------------ */

#define DELTA(member) "data: {\"choices\":[{\"delta\":{" member "}}]}\n\n"

static void setup_stream(usec first_token_timeout) {
  setup(UNIT_CHAT);
  unit.probes[UNIT_CHAT].stream = true;
  unit.probes[UNIT_CHAT].first_token_timeout = first_token_timeout;
  response_open(&response, &request);
}

static enum cause time_out(void) {
  struct http_result http = unit_http_result(200);
  http.transport_error = CAUSE_TIMEOUT;
  http.fault = causes[CAUSE_TIMEOUT].fault;
  response_finish(&response, &http, &result);
  response_free(&response);
  return result.cause;
}

/* Whatever is sent in its place. */
START_TEST(test_the_first_token_is_awaited) {
  static const char *const others[] = {
      ": ping\n\n", DELTA("\"role\":\"assistant\""), DELTA("\"content\":\"\"")};
  char text[64];
  setup_stream(2500 * USEC_PER_MSEC);
  ck_assert(response_awaits_token(&response));
  for (size_t i = 0; i < COUNT_OF(others); i++) {
    ck_assert(body(others[i]));
    ck_assert_msg(response_awaits_token(&response), "%s", others[i]);
  }
  response_silence_text(&response, text, sizeof text);
  ck_assert_str_eq(text, "no token within 2.5 s");
  ck_assert_int_eq(time_out(), CAUSE_TIMEOUT);
}
END_TEST

START_TEST(test_after_the_first_token) {
  setup_stream(2500 * USEC_PER_MSEC);
  ck_assert(body(DELTA("\"content\":\"po\"")));
  ck_assert(!response_awaits_token(&response));
  ck_assert_int_eq(time_out(), CAUSE_STREAM_STALLED);
}
END_TEST

START_TEST(test_no_timeout_of_its_own) {
  setup_stream(0);
  ck_assert(!response_awaits_token(&response));
  ck_assert(body(DELTA("\"role\":\"assistant\"")));
  ck_assert_int_eq(time_out(), CAUSE_STREAM_STALLED);
}
END_TEST

START_TEST(test_too_large) {
  static char line[HEADERS_MAX];
  setup(UNIT_MODELS);
  memset(line, 'x', sizeof line - 1);
  ck_assert(header(line));
  ck_assert(!header(line));
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_TOO_LARGE);
  setup(UNIT_MODELS);
  response.too_large = true; /* says whoever feeds it */
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_TOO_LARGE);
}
END_TEST

/* One that was given up is as new for the next request. */
START_TEST(test_given_up) {
  setup(UNIT_CHAT);
  ck_assert(header("Retry-After: 30\r\n"));
  ck_assert(body("{\"choices\":["));
  response_cancel(&response);
  response_open(&response, &request);
  ck_assert(body(COMPLETION));
  finish(200);
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert_double_eq(result.http.retry_after, 0);
}
END_TEST

int main(void) {
  return UNIT_RUN("response", test_a_whole_response, test_expected_text,
                  test_what_it_asks_to_wait, test_secrets, test_an_encoded_body,
                  test_the_end_of_a_stream, test_the_first_token_is_awaited,
                  test_after_the_first_token, test_no_timeout_of_its_own,
                  test_too_large, test_given_up);
}
