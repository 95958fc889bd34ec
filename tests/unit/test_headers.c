#include "headers.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct headers headers;

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static void open_headers(void) {
  memset(&headers, 1, sizeof headers);
  headers_open(&headers, &secrets);
}

static bool take(const char *line) {
  return headers_take(&headers, line, strlen(line));
}

static void take_all(const char *const *lines, size_t count) {
  open_headers();
  for (size_t i = 0; i < count; i++)
    ck_assert(take(lines[i]));
}

START_TEST(test_an_ordinary_answer) {
  static const char *const lines[] = {"HTTP/1.1 200 OK\r\n",
                                      "Content-Type: application/json\r\n",
                                      "x-request-id: req_123\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(!headers.ended);
  ck_assert(take("\r\n"));
  ck_assert(headers.ended);
  ck_assert(!headers.encoded);
  ck_assert(!headers.too_large);
  ck_assert_str_eq(headers.request_id, "req_123");
}
END_TEST

/* --- the request's id ---------------------------------------------------- */

START_TEST(test_request_ids) {
  static const struct {
    const char *line, *id;
  } cases[] = {{"X-Request-ID:abc\r\n", "abc"},
               {"x-request-id: \t abc def \t\r\n", "abc def"},
               {"x-request-id: abc", "abc"},
               {"x-request-id:\r\n", ""},
               {"x-request-id:", ""},
               {"x-request-id", ""},
               {"x-request-id : abc\r\n", ""},
               {"x-request-idx: abc\r\n", ""},
               {"x-request-i: abc\r\n", ""},
               {": abc\r\n", ""},
               {"x-request-id: a\tb\x1B\xFF\r\n", "a b ?"},
               {"x-request-id: sk-0123456789abcdef\r\n", "[secret]"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_headers();
    ck_assert(take(cases[i].line));
    ck_assert_str_eq(headers.request_id, cases[i].id);
  }
}
END_TEST

START_TEST(test_a_long_request_id) {
  char line[200] = "x-request-id: ";
  memset(line + strlen(line), 'a', 150);
  open_headers();
  ck_assert(take(line));
  ck_assert_uint_eq(strlen(headers.request_id), REQUEST_ID_MAX - 1);
}
END_TEST

/* Reading each would cost time. */
START_TEST(test_many_request_ids) {
  open_headers();
  ck_assert(take("x-request-id: of a proxy\r\n"));
  ck_assert(take("x-request-id: of the relay\r\n"));
  ck_assert_str_eq(headers.request_id, "of the relay");
  for (unsigned i = 0; i < 100; i++)
    ck_assert(take("x-request-id: again\r\n"));
  ck_assert_str_eq(headers.request_id, "again");
  ck_assert(take("x-request-id: one of too many\r\n"));
  ck_assert_str_eq(headers.request_id, "again");
}
END_TEST

/* --- codings that nobody asked for --------------------------------------- */

START_TEST(test_codings) {
  static const struct {
    const char *line;
    bool encoded;
  } cases[] = {{"Content-Encoding: gzip\r\n", true},
               {"CONTENT-ENCODING:br\r\n", true},
               {"Content-Encoding: gzip, identity\r\n", true},
               {"Content-Encoding: identity\r\n", false},
               {"Content-Encoding: IDENTITY \r\n", false},
               {"Content-Encoding:\r\n", false},
               {"Transfer-Encoding: chunked\r\n", false},
               {"Transfer-Encoding: gzip, chunked\r\n", true},
               {"Transfer-Encoding: identityx\r\n", true},
               {"Content-Type: gzip\r\n", false},
               {"Accept-Encoding: gzip\r\n", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_headers();
    ck_assert(take(cases[i].line));
    ck_assert_msg(headers.encoded == cases[i].encoded, "%s", cases[i].line);
  }
}
END_TEST

START_TEST(test_one_coding_is_enough) {
  static const char *const lines[] = {"Content-Encoding: gzip\r\n",
                                      "Content-Encoding: identity\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(headers.encoded);
}
END_TEST

/* After a 100 or a 103 the answer itself begins. */
START_TEST(test_a_status_line_begins_anew) {
  static const char *const lines[] = {"HTTP/1.1 103 Early Hints\r\n",
                                      "Content-Encoding: gzip\r\n", "\r\n",
                                      "HTTP/1.1 200 OK\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(!headers.encoded);
  ck_assert(!headers.ended);
}
END_TEST

/* --- rate limits --------------------------------------------------------- */

static const struct ratelimit *requests =
                                  &headers.ratelimit[RATELIMIT_REQUESTS],
                              *tokens = &headers.ratelimit[RATELIMIT_TOKENS];

START_TEST(test_rate_limits) {
  static const char *const lines[] = {
      "HTTP/1.1 200 OK\r\n",
      "x-ratelimit-limit-requests: 10000\r\n",
      "X-RateLimit-Remaining-Requests: 9999\r\n",
      "x-ratelimit-reset-requests: 8.64s\r\n",
      "x-ratelimit-limit-tokens: 200000\r\n",
      "x-ratelimit-remaining-tokens:0\r\n",
      "x-ratelimit-reset-tokens: 6m0s\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(requests->has_limit && requests->has_remaining);
  ck_assert_double_eq(requests->limit, 10000);
  ck_assert_double_eq(requests->remaining, 9999);
  ck_assert(requests->has_reset);
  ck_assert_double_eq(requests->reset, 8.64);
  ck_assert(tokens->has_limit && tokens->has_remaining && tokens->has_reset);
  ck_assert_double_eq(tokens->limit, 200000);
  ck_assert_double_eq(tokens->remaining, 0);
  ck_assert_double_eq(tokens->reset, 360);
}
END_TEST

START_TEST(test_no_rate_limits) {
  static const char *const lines[] = {"HTTP/1.1 200 OK\r\n",
                                      "x-ratelimit-limit: 5\r\n",
                                      "x-ratelimit-limit-request: 5\r\n",
                                      "x-ratelimit-limit-images: 5\r\n",
                                      "x-ratelimit-limit-requests-1d: 5\r\n",
                                      "ratelimit-limit-tokens: 5\r\n",
                                      "retry-after: 5\r\n"};
  take_all(lines, COUNT_OF(lines));
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    ck_assert(!headers.ratelimit[i].has_limit &&
              !headers.ratelimit[i].has_remaining &&
              !headers.ratelimit[i].has_reset);
}
END_TEST

/* What is no number is not taken for one, and does not undo one. */
START_TEST(test_rate_limits_that_are_none) {
  static const char *const odd[] = {"",      "-1",    "unlimited", "1,000",
                                    "5 x",   "0x5",   "1e16",      "nan",
                                    "1e400", "5;w=1", "05",        "null"};
  for (size_t i = 0; i < COUNT_OF(odd); i++)
    for (int known = 0; known < 2; known++) {
      char line[128];
      open_headers();
      if (known)
        take("x-ratelimit-limit-tokens: 7\r\n");
      snprintf(line, sizeof line, "x-ratelimit-limit-tokens: %s\r\n", odd[i]);
      ck_assert(take(line));
      ck_assert_msg(tokens->has_limit == known, "%s", odd[i]);
      ck_assert_double_eq(tokens->limit, known ? 7 : 0);
    }
}
END_TEST

START_TEST(test_resets_that_are_none) {
  static const char *const odd[] = {
      "", "soon", "-1s", "1735689600", "6m 0s", "2027-01-31T00:00:00Z"};
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    char line[128];
    open_headers();
    take("x-ratelimit-reset-tokens: 12ms\r\n");
    snprintf(line, sizeof line, "x-ratelimit-reset-tokens: %s\r\n", odd[i]);
    ck_assert(take(line));
    ck_assert(tokens->has_reset);
    ck_assert_double_eq(tokens->reset, 0.012);
  }
}
END_TEST

/* --- bounds -------------------------------------------------------------- */

START_TEST(test_as_many_as_there_may_be) {
  static char line[1024];
  memset(line, 'a', sizeof line);
  open_headers();
  for (size_t i = 0; i < HEADERS_MAX / sizeof line; i++)
    ck_assert(headers_take(&headers, line, sizeof line));
  ck_assert(!headers.too_large);
  ck_assert(!headers_take(&headers, "a", 1));
  ck_assert(headers.too_large);
}
END_TEST

START_TEST(test_one_line_too_long) {
  static char line[HEADERS_MAX + 1];
  memset(line, 'a', sizeof line);
  open_headers();
  ck_assert(!headers_take(&headers, line, sizeof line));
  ck_assert(headers.too_large);
}
END_TEST

/* All that precedes counts: 100-continues without end are too large as well. */
START_TEST(test_continues_without_end) {
  static const char line[] = "HTTP/1.1 100 Continue\r\n";
  size_t taken = 0;
  open_headers();
  while (take(line) && take("\r\n"))
    taken += strlen(line) + 2;
  ck_assert(headers.too_large);
  ck_assert_uint_le(taken, HEADERS_MAX);
}
END_TEST

int main(void) {
  return UNIT_RUN("headers", test_an_ordinary_answer, test_request_ids,
                  test_a_long_request_id, test_many_request_ids, test_codings,
                  test_one_coding_is_enough, test_a_status_line_begins_anew,
                  test_rate_limits, test_no_rate_limits,
                  test_rate_limits_that_are_none, test_resets_that_are_none,
                  test_as_many_as_there_may_be, test_one_line_too_long,
                  test_continues_without_end);
}
