#include "headers.h"

#include "unit.h"

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
                  test_a_long_request_id, test_codings,
                  test_one_coding_is_enough, test_a_status_line_begins_anew,
                  test_as_many_as_there_may_be, test_one_line_too_long,
                  test_continues_without_end);
}
