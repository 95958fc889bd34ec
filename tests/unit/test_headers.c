#include "probe/headers.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct headers headers;

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static const double now = 1764300000.5; /* 2025-11-28T03:20:00.5Z */

static void open_headers(void) {
  memset(&headers, 1, sizeof headers);
  headers_open(&headers, &secrets);
}

static bool take(const char *line) {
  return headers_feed(&headers, line, strlen(line), now);
}

static void take_all(const char *const *lines, size_t count) {
  open_headers();
  for (size_t i = 0; i < count; i++)
    ck_assert(take(lines[i]));
}

START_TEST(test_ordinary_headers) {
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

/* --- request ids ---------------------------------------------------------- */

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

/* In any order; that of a page in front of the relay is better than none. */
START_TEST(test_names_of_request_ids) {
  static const char *const lines[] = {"X-Oneapi-Request-Id: own\r\n",
                                      "X-LiteLLM-Call-Id: own\r\n",
                                      "x-request-id: of either\r\n",
                                      "request-id: upstream\r\n",
                                      "apim-request-id: upstream\r\n",
                                      "x-siliconcloud-trace-id: trace\r\n",
                                      "x-ds-trace-id: trace\r\n",
                                      "x-amzn-RequestId: upstream\r\n",
                                      "CF-RAY: page\r\n"};
  for (size_t a = 0; a < COUNT_OF(lines); a++)
    for (size_t b = 0; b < COUNT_OF(lines); b++) {
      const char *better = strchr(lines[a < b ? a : b], ' ') + 1;
      open_headers();
      ck_assert(take(lines[a]));
      ck_assert(take(lines[b]));
      ck_assert_uint_eq(strlen(headers.request_id), strlen(better) - 2);
      ck_assert(strncmp(headers.request_id, better, strlen(better) - 2) == 0);
    }
}
END_TEST

START_TEST(test_empty_request_id_replaces_none) {
  open_headers();
  ck_assert(take("x-request-id: abc\r\n"));
  ck_assert(take("x-oneapi-request-id:\r\n"));
  ck_assert_str_eq(headers.request_id, "abc");
}
END_TEST

/* Whatever the name of the one that a proxy's answer had. */
START_TEST(test_request_id_of_the_last_answer) {
  static const char *const lines[] = {
      "HTTP/1.1 200 Connection established\r\n", "x-request-id: proxy\r\n",
      "\r\n", "HTTP/1.1 200 OK\r\n", "request-id: relay\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert_str_eq(headers.request_id, "relay");
}
END_TEST

START_TEST(test_long_request_id) {
  char line[200] = "x-request-id: ";
  memset(line + strlen(line), 'a', 150);
  open_headers();
  ck_assert(take(line));
  ck_assert_uint_eq(strlen(headers.request_id), REQUEST_ID_MAX - 1);
}
END_TEST

/* Parsing each of them would take time. */
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

/* --- unrequested codings -------------------------------------------------- */

START_TEST(test_content_and_transfer_codings) {
  static const struct {
    const char *line;
    bool encoded, chunked;
  } cases[] = {{"Content-Encoding: gzip\r\n", true, false},
               {"CONTENT-ENCODING:br\r\n", true, false},
               {"Content-Encoding: gzip, identity\r\n", true, false},
               {"Content-Encoding: identity\r\n", false, false},
               {"Content-Encoding: IDENTITY \r\n", false, false},
               {"Content-Encoding:\r\n", false, false},
               {"Content-Encoding: chunked\r\n", false, false},
               {"Transfer-Encoding: chunked\r\n", false, true},
               {"transfer-encoding:\tCHUNKED \r\n", false, true},
               {"Transfer-Encoding: , identity ,chunked,\r\n", false, true},
               {"Transfer-Encoding: gzip, chunked\r\n", true, true},
               {"Transfer-Encoding: chunkedx\r\n", true, false},
               {"Transfer-Encoding: identityx\r\n", true, false},
               {"Content-Type: gzip\r\n", false, false},
               {"Accept-Encoding: gzip\r\n", false, false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_headers();
    ck_assert(take(cases[i].line));
    ck_assert_msg(headers.encoded == cases[i].encoded, "%s", cases[i].line);
    ck_assert_msg(headers.chunked == cases[i].chunked, "%s", cases[i].line);
  }
}
END_TEST

START_TEST(test_any_coding_counts) {
  static const char *const lines[] = {"Content-Encoding: gzip\r\n",
                                      "Content-Encoding: identity\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(headers.encoded);
}
END_TEST

/* After a 100 or a 103 the real response follows. */
START_TEST(test_status_line_resets_headers) {
  static const char *const lines[] = {
      "HTTP/1.1 103 Early Hints\r\n", "Content-Encoding: gzip\r\n",
      "Transfer-Encoding: chunked\r\n", "\r\n", "HTTP/1.1 200 OK\r\n"};
  take_all(lines, COUNT_OF(lines));
  ck_assert(!headers.encoded);
  ck_assert(!headers.chunked);
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
  ck_assert_double_eq_tol(requests->reset, now + 8.64, 1e-6);
  ck_assert(tokens->has_limit && tokens->has_remaining && tokens->has_reset);
  ck_assert_double_eq(tokens->limit, 200000);
  ck_assert_double_eq(tokens->remaining, 0);
  ck_assert_double_eq_tol(tokens->reset, now + 360, 1e-6);
}
END_TEST

/* Relays use other names. */
START_TEST(test_names_of_rate_limits) {
  static const struct {
    const char *line;
    unsigned resource;
  } cases[] = {
      {"x-ratelimit-limit: 5\r\n", RATELIMIT_REQUESTS},
      {"X-RateLimit-Limit:5\r\n", RATELIMIT_REQUESTS},
      {"RateLimit-Limit: 5\r\n", RATELIMIT_REQUESTS},
      {"anthropic-ratelimit-requests-limit: 5\r\n", RATELIMIT_REQUESTS},
      {"Anthropic-RateLimit-Tokens-Limit: 5\r\n", RATELIMIT_TOKENS}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_headers();
    ck_assert(take(cases[i].line));
    for (unsigned r = 0; r < RATELIMIT_RESOURCES; r++)
      ck_assert_msg(headers.ratelimit[r].has_limit == (r == cases[i].resource),
                    "%s", cases[i].line);
    ck_assert_double_eq(headers.ratelimit[cases[i].resource].limit, 5);
  }
}
END_TEST

START_TEST(test_other_names_need_a_full_match) {
  static const char *const bare[] = {"x-ratelimit-limit: 60\r\n",
                                     "x-ratelimit-remaining: 59\r\n",
                                     "x-ratelimit-reset: 1764300060\r\n"};
  static const char *const anthropic[] = {
      "anthropic-ratelimit-requests-limit: 50\r\n",
      "anthropic-ratelimit-requests-remaining: 49\r\n",
      "anthropic-ratelimit-requests-reset: 2025-11-28T03:21:00Z\r\n",
      "anthropic-ratelimit-tokens-limit: 40000\r\n",
      "anthropic-ratelimit-tokens-remaining: 39990\r\n",
      "anthropic-ratelimit-tokens-reset: 2025-11-28T03:22:00Z\r\n"};
  take_all(bare, COUNT_OF(bare));
  ck_assert_double_eq(requests->limit, 60);
  ck_assert_double_eq(requests->remaining, 59);
  ck_assert_double_eq(requests->reset, 1764300060);
  ck_assert(!tokens->has_limit && !tokens->has_remaining && !tokens->has_reset);
  take_all(anthropic, COUNT_OF(anthropic));
  ck_assert_double_eq(requests->limit, 50);
  ck_assert_double_eq(requests->remaining, 49);
  ck_assert_double_eq(requests->reset, 1764300060);
  ck_assert_double_eq(tokens->limit, 40000);
  ck_assert_double_eq(tokens->remaining, 39990);
  ck_assert_double_eq(tokens->reset, 1764300120);
}
END_TEST

/* A gateway adds its own to those of the model's provider. */
START_TEST(test_most_specific_name_wins) {
  static const char *const lines[] = {
      "ratelimit-limit: 1\r\n", "x-ratelimit-limit: 2\r\n",
      "x-ratelimit-limit-requests: 3\r\n", "x-ratelimit-limit: 4\r\n",
      "ratelimit-limit: 5\r\n"};
  static const double limits[] = {1, 2, 3, 3, 3};
  open_headers();
  for (size_t i = 0; i < COUNT_OF(lines); i++) {
    ck_assert(take(lines[i]));
    ck_assert_double_eq(requests->limit, limits[i]);
  }
  ck_assert(take("x-ratelimit-limit-requests: 6\r\n"));
  ck_assert_double_eq(requests->limit, 6);
  ck_assert(take("x-ratelimit-remaining: 7\r\n"));
  ck_assert_double_eq(requests->remaining, 7);
}
END_TEST

static void check_no_rate_limit(void) {
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    ck_assert(!headers.ratelimit[i].has_limit &&
              !headers.ratelimit[i].has_remaining &&
              !headers.ratelimit[i].has_reset);
}

START_TEST(test_no_rate_limits) {
  static const char *const lines[] = {
      "HTTP/1.1 200 OK\r\n",
      "x-ratelimit-limit-request: 5\r\n",
      "x-ratelimit-limit-images: 5\r\n",
      "x-ratelimit-limit-requests-1d: 5\r\n",
      "x-ratelimit-limits: 5\r\n",
      "x-ratelimit-: 5\r\n",
      "x-ratelimit-limit\r\n",
      "x-ratelimit-limit : 5\r\n",
      "ratelimit-limit-tokens: 5\r\n",
      "ratelimit: 5\r\n",
      "anthropic-ratelimit-limit: 5\r\n",
      "anthropic-ratelimit-input-tokens-limit: 5\r\n",
      "retry-after: 5\r\n"};
  take_all(lines, COUNT_OF(lines));
  check_no_rate_limit();
}
END_TEST

/* Invalid numbers are ignored and do not replace valid ones. */
START_TEST(test_invalid_rate_limits) {
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

/* Azure's way of saying that a deployment has no limit, in any order. */
START_TEST(test_reset_without_limit_is_ignored) {
  static const char *const lines[] = {"x-ratelimit-limit-tokens: -1\r\n",
                                      "x-ratelimit-remaining-tokens: -1\r\n",
                                      "x-ratelimit-reset-tokens: 0\r\n"};
  for (size_t first = 0; first < 3; first++) {
    open_headers();
    for (size_t i = 0; i < 3; i++)
      ck_assert(take(lines[(first + i) % 3]));
    check_no_rate_limit();
  }
  open_headers();
  take("x-ratelimit-limit-requests: -1\r\n");
  take("x-ratelimit-reset-tokens: 0\r\n"); /* for another resource */
  ck_assert(tokens->has_reset);
  ck_assert_double_eq(tokens->reset, now);
}
END_TEST

/* --- times ---------------------------------------------------------------- */

/* In all formats that relays use. */
START_TEST(test_resets) {
  static const struct {
    const char *value;
    double at;
  } cases[] = {{"12ms", now + 0.012},
               {"6m0s", now + 360},
               {"60", now + 60},
               {"0", now},
               {"1764300060", 1764300060},
               {"1764300060.25", 1764300060.25},
               {"1764300060250", 1764300060.25},
               {"2025-11-28T03:21:00Z", 1764300060},
               {"2025-11-28T11:21:00+08:00", 1764300060},
               {"2025-11-28T03:21:00.250Z", 1764300060.25},
               {"Fri, 28 Nov 2025 03:21:00 GMT", 1764300060}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char line[128];
    open_headers();
    snprintf(line, sizeof line, "x-ratelimit-reset-tokens: %s\r\n",
             cases[i].value);
    ck_assert(take(line));
    ck_assert_msg(tokens->has_reset, "%s", cases[i].value);
    ck_assert_double_eq_tol(tokens->reset, cases[i].at, 1e-6);
  }
}
END_TEST

/* Correct or unknown, never wrong. */
START_TEST(test_invalid_resets) {
  static const char *const odd[] = {"",
                                    "soon",
                                    "-1",
                                    "-1s",
                                    "6m 0s",
                                    "1764300000",    /* past */
                                    "1764299999000", /* also invalid */
                                    "1994-11-06T08:49:37Z",
                                    "Sun, 06 Nov 1994 08:49:37 GMT",
                                    "4070908800", /* in 2099 */
                                    "2099-01-01T00:00:00Z",
                                    "1764300060000000",    /* unknown unit */
                                    "31622401",            /* also invalid */
                                    "2025-11-28T03:21:00", /* no time zone */
                                    "2025-11-29",
                                    "1e400"};
  for (size_t i = 0; i < COUNT_OF(odd); i++) {
    char line[128];
    open_headers();
    take("x-ratelimit-reset-tokens: 60\r\n");
    snprintf(line, sizeof line, "x-ratelimit-reset-tokens: %s\r\n", odd[i]);
    ck_assert(take(line));
    ck_assert(tokens->has_reset);
    ck_assert_msg(tokens->reset == now + 60, "%s", odd[i]);
  }
}
END_TEST

START_TEST(test_retry_after) {
  static const struct {
    const char *line;
    double seconds;
  } cases[] = {{"Retry-After: 20\r\n", 20},
               {"retry-after:1.5\r\n", 1.5},
               {"retry-after: 864000\r\n", 864000}, /* ten days are reported */
               {"retry-after: 20s\r\n", 20},
               {"retry-after: Fri, 28 Nov 2025 03:21:00 GMT\r\n", 59.5},
               {"retry-after: 1764300060\r\n", 59.5},
               {"retry-after: 0\r\n", 0},
               {"retry-after: -5\r\n", 0},
               {"retry-after: soon\r\n", 0},
               {"retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 0},
               {"retry-after: 9999999999999999999999999\r\n", 0},
               {"retry-after-ms: 1250\r\n", 1.25},
               {"retry-after-ms: 0\r\n", 0},
               {"retry-after-ms: -1\r\n", 0},
               {"retry-after-ms: 20s\r\n", 0},
               {"retry-after-ms: 1e300\r\n", 0},
               {"x-retry-after: 20\r\n", 0}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_headers();
    ck_assert(take(cases[i].line));
    ck_assert_msg(headers.retry_after >= cases[i].seconds - 1e-6 &&
                      headers.retry_after <= cases[i].seconds + 1e-6,
                  "%s", cases[i].line);
  }
}
END_TEST

/* Milliseconds are more precise and take precedence in any order. */
START_TEST(test_retry_after_in_two_headers) {
  static const char *const lines[] = {"retry-after: 2\r\n",
                                      "retry-after-ms: 1250\r\n"};
  for (size_t first = 0; first < 2; first++) {
    open_headers();
    ck_assert(take(lines[first]));
    ck_assert(take(lines[1 - first]));
    ck_assert_double_eq(headers.retry_after, 1.25);
  }
  open_headers();
  ck_assert(take("retry-after-ms: soon\r\n"));
  ck_assert(take(lines[0]));
  ck_assert_double_eq_tol(headers.retry_after, 2, 1e-6);
}
END_TEST

/* --- limits --------------------------------------------------------------- */

START_TEST(test_headers_of_the_maximum_size) {
  static char line[1024];
  memset(line, 'a', sizeof line);
  open_headers();
  for (size_t i = 0; i < HEADERS_MAX / sizeof line; i++)
    ck_assert(headers_feed(&headers, line, sizeof line, now));
  ck_assert(!headers.too_large);
  ck_assert(!headers_feed(&headers, "a", 1, now));
  ck_assert(headers.too_large);
}
END_TEST

START_TEST(test_line_that_is_too_long) {
  static char line[HEADERS_MAX + 1];
  memset(line, 'a', sizeof line);
  open_headers();
  ck_assert(!headers_feed(&headers, line, sizeof line, now));
  ck_assert(headers.too_large);
}
END_TEST

/* Everything before the response counts: endless 100-continues are too large,
 * too. */
START_TEST(test_endless_100_continue) {
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
  return UNIT_RUN(
      "headers", test_ordinary_headers, test_request_ids,
      test_names_of_request_ids, test_empty_request_id_replaces_none,
      test_request_id_of_the_last_answer, test_long_request_id,
      test_many_request_ids, test_content_and_transfer_codings,
      test_any_coding_counts, test_status_line_resets_headers, test_rate_limits,
      test_names_of_rate_limits, test_other_names_need_a_full_match,
      test_most_specific_name_wins, test_no_rate_limits,
      test_invalid_rate_limits, test_reset_without_limit_is_ignored,
      test_resets, test_invalid_resets, test_retry_after,
      test_retry_after_in_two_headers, test_headers_of_the_maximum_size,
      test_line_that_is_too_long, test_endless_100_continue);
}
