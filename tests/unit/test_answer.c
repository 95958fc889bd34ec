/* A whole response, from chunks to the result. */
#include "probe/answer.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

static struct unit_relay unit;
static struct answer answer;

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static const char list[] = "{\"object\":\"list\",\"data\":[{\"id\":\"m\"}]}";

static void open_models(void) {
  unit_relay_init(&unit);
  answer_open(&answer, &unit.probes[UNIT_MODELS], NULL, &secrets);
}

static void feed(void *user, const char *data, size_t length) {
  ck_assert(answer_feed(user, data, length, 0.1));
}

static enum cause close_as(struct http_result http,
                           struct probe_result *result) {
  answer_close(&answer, &http, result);
  ck_assert_int_eq(result->http.http_status, http.http_status);
  return result->cause;
}

static enum cause cause_of(int http_status, const char *body) {
  struct probe_result result;
  open_models();
  feed(&answer, body, strlen(body));
  return close_as(unit_http_result(http_status), &result);
}

/* --- verdicts ------------------------------------------------------------- */

START_TEST(test_success) {
  struct probe_result result;
  open_models();
  unit_bytes(list, strlen(list), feed, &answer);
  ck_assert_int_eq(close_as(unit_http_result(200), &result), CAUSE_OK);
  ck_assert_int_eq(result.fault, FAULT_NONE);
  ck_assert_str_eq(result.error_code, "");
  ck_assert_str_eq(result.error_message, "");
  ck_assert(!result.has_usage);
  ck_assert(!result.has_balance);
}
END_TEST

START_TEST(test_statuses_with_a_valid_body) {
  ck_assert_int_eq(cause_of(299, list), CAUSE_OK);
  ck_assert_int_eq(cause_of(302, list), CAUSE_REDIRECTED);
  ck_assert_int_eq(cause_of(404, list), CAUSE_CLIENT_ERROR);
  ck_assert_int_eq(cause_of(500, list), CAUSE_SERVER_ERROR);
}
END_TEST

START_TEST(test_invalid_answers) {
  static const char *const bodies[] = {"",
                                       "   ",
                                       "<html>{\"data\":[]}",
                                       "  <p>",
                                       "data: 1",
                                       "{\"data\":[",
                                       "{\"data\":[]} x",
                                       "\x1F\x8B\x08",
                                       "null",
                                       "\"a list\"",
                                       "[]",
                                       "{}"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++)
    ck_assert_msg(cause_of(200, bodies[i]) == CAUSE_MALFORMED, "%s", bodies[i]);
}
END_TEST

START_TEST(test_leading_white_space) {
  struct probe_result result;
  open_models();
  unit_bytes(" \r\n\t", 4, feed, &answer);
  unit_bytes(list, strlen(list), feed, &answer);
  ck_assert_int_eq(close_as(unit_http_result(200), &result), CAUSE_OK);
}
END_TEST

/* A page is recognized however it is split. */
START_TEST(test_html_page_of_a_proxy) {
  static const char page[] = "\n<html>502 Bad Gateway</html>";
  struct probe_result result;
  open_models();
  unit_bytes(page, strlen(page), feed, &answer);
  ck_assert_int_eq(close_as(unit_http_result(500), &result), CAUSE_UPSTREAM);
  ck_assert_int_eq(cause_of(500, page), CAUSE_UPSTREAM);
  ck_assert_int_eq(cause_of(500, "Internal Server Error"), CAUSE_SERVER_ERROR);
}
END_TEST

START_TEST(test_error_in_a_200) {
  ck_assert_int_eq(cause_of(200, "{\"data\":[],\"error\":{}}"),
                   CAUSE_SERVER_ERROR);
  ck_assert_int_eq(cause_of(200, "{\"data\":[],\"error\":null}"), CAUSE_OK);
}
END_TEST

START_TEST(test_unrequested_content_encoding) {
  struct probe_result result;
  struct http_result http = unit_http_result(200);
  http.encoded = true;
  open_models();
  feed(&answer, list, strlen(list));
  ck_assert_int_eq(close_as(http, &result), CAUSE_MALFORMED);
  http.http_status = 401;
  open_models();
  feed(&answer, "\x1F\x8B\x08", 3);
  ck_assert_int_eq(close_as(http, &result), CAUSE_KEY_REJECTED);
}
END_TEST

START_TEST(test_error_text_does_not_contain_the_key) {
  static const char body[] = "{\"error\":{\"code\":\"invalid_api_key\","
                             "\"message\":\"no sk-0123456789abcdef\"}}";
  struct probe_result result;
  open_models();
  unit_random_chunks(body, strlen(body), feed, &answer);
  ck_assert_int_eq(close_as(unit_http_result(401), &result),
                   CAUSE_KEY_REJECTED);
  ck_assert_int_eq(result.fault, FAULT_ACCOUNT);
  ck_assert_str_eq(result.error_code, "invalid_api_key");
  ck_assert_str_eq(result.error_message, "no [secret]");
}
END_TEST

/* --- transport errors ----------------------------------------------------- */

START_TEST(test_transport_error_decides_the_cause) {
  struct probe_result result;
  struct http_result http = unit_http_result(200);
  http.transport_error = CAUSE_TIMEOUT;
  http.fault = FAULT_NETWORK;
  open_models();
  feed(&answer, list, strlen(list));
  ck_assert_int_eq(close_as(http, &result), CAUSE_TIMEOUT);
  ck_assert_int_eq(result.fault, FAULT_NETWORK);
  ck_assert_int_eq(result.http.transport_error, CAUSE_TIMEOUT);
}
END_TEST

/* --- size limits ---------------------------------------------------------- */

/* Feeds white space in chunks of 64 KiB; true while more is accepted. */
static bool feed_space(size_t length) {
  static char space[64 * 1024];
  memset(space, ' ', sizeof space);
  bool more = true;
  for (size_t piece; more && length > 0; length -= piece) {
    piece = length < sizeof space ? length : sizeof space;
    more = answer_feed(&answer, space, piece, 0.1);
  }
  return more;
}

START_TEST(test_body_of_the_maximum_size) {
  struct probe_result result;
  open_models();
  ck_assert(feed_space(ANSWER_BODY_MAX - strlen(list)));
  feed(&answer, list, strlen(list));
  ck_assert_int_eq(close_as(unit_http_result(200), &result), CAUSE_OK);
}
END_TEST

/* A transfer that we abort is not a transport error: its status counts. */
START_TEST(test_body_one_byte_over_the_maximum) {
  struct probe_result result;
  struct http_result http = unit_http_result(200);
  http.transport_error = CAUSE_CONNECTION;
  open_models();
  feed(&answer, list, strlen(list));
  ck_assert(feed_space(ANSWER_BODY_MAX - strlen(list)));
  ck_assert(!answer_feed(&answer, " ", 1, 0.1));
  ck_assert_int_eq(close_as(http, &result), CAUSE_TOO_LARGE);
  ck_assert_int_eq(result.fault, FAULT_RELAY);
  ck_assert_int_eq(result.http.transport_error, CAUSE_OK);
}
END_TEST

START_TEST(test_one_huge_chunk) {
  struct probe_result result;
  size_t size = ANSWER_BODY_MAX + 1;
  char *piece = calloc(size, 1);
  ck_assert_ptr_nonnull(piece);
  open_models();
  ck_assert(!answer_feed(&answer, piece, size, 0.1));
  ck_assert_int_eq(close_as(unit_http_result(500), &result), CAUSE_TOO_LARGE);
  free(piece);
}
END_TEST

START_TEST(test_huge_json_token) {
  struct probe_result result;
  static char token[JSON_TOKEN_MAX];
  memset(token, 'a', sizeof token);
  open_models();
  feed(&answer, "[\"", 2);
  ck_assert(!answer_feed(&answer, token, sizeof token, 0.1));
  ck_assert(!answer_feed(&answer, "\"]", 2, 0.1));
  ck_assert_int_eq(close_as(unit_http_result(200), &result), CAUSE_TOO_LARGE);
}
END_TEST

/* Invalid JSON is drained up to the limit, so that the connection can be
 * reused. */
START_TEST(test_bytes_after_the_verdict_are_drained) {
  struct probe_result result;
  open_models();
  feed(&answer, "rubbish", 7);
  ck_assert(feed_space(ANSWER_BODY_MAX - 7));
  ck_assert(!answer_feed(&answer, " ", 1, 0.1));
  ck_assert_int_eq(close_as(unit_http_result(200), &result), CAUSE_TOO_LARGE);
}
END_TEST

/* --- requests that were not sent ------------------------------------------ */

START_TEST(test_request_that_was_not_sent) {
  struct probe_result result;
  memset(&result, 1, sizeof result);
  probe_result_unsent(&result, CAUSE_KEY_UNREADABLE, "No such file");
  ck_assert_int_eq(result.cause, CAUSE_KEY_UNREADABLE);
  ck_assert_int_eq(result.fault, FAULT_LOCAL);
  ck_assert(!result.http.attempted);
  ck_assert_int_eq(result.http.http_status, 0);
  ck_assert_str_eq(result.http.detail, "No such file");
  ck_assert_str_eq(result.error_code, "");
  ck_assert(!result.has_usage);
  ck_assert(!result.has_balance);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "answer", test_success, test_statuses_with_a_valid_body,
      test_invalid_answers, test_leading_white_space, test_html_page_of_a_proxy,
      test_error_in_a_200, test_unrequested_content_encoding,
      test_error_text_does_not_contain_the_key,
      test_transport_error_decides_the_cause, test_body_of_the_maximum_size,
      test_body_one_byte_over_the_maximum, test_one_huge_chunk,
      test_huge_json_token, test_bytes_after_the_verdict_are_drained,
      test_request_that_was_not_sent);
}
