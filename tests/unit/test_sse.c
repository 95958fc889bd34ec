/* Event streams as in section 9.2.6 of the HTML Standard. */
#include "probe/sse.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

/* The reported events: data in brackets, `!` if the event is named `error`. */
struct log {
  char text[4096];
  size_t length;
  bool open;
};

static void add(struct log *log, const char *text, size_t length) {
  ck_assert_uint_lt(log->length + length, sizeof log->text);
  memcpy(log->text + log->length, text, length);
  log->length += length;
  log->text[log->length] = '\0';
}

static void on_data(void *user, const char *data, size_t length) {
  struct log *log = user;
  ck_assert_uint_gt(length, 0);
  if (!log->open)
    add(log, "[", 1);
  log->open = true;
  add(log, data, length);
}

static void on_end(void *user, bool named_error) {
  struct log *log = user;
  if (!log->open)
    add(log, "[", 1);
  log->open = false;
  add(log, named_error ? "]!" : "]", named_error ? 2 : 1);
}

static void on_comment(void *user, const char *text, size_t length) {
  add(user, "(", 1);
  add(user, text, length);
  add(user, ")", 1);
}

static const struct sse_sink sink = {on_data, on_end, on_comment};

static void feed(void *user, const char *data, size_t length) {
  sse_feed(user, data, length);
}

typedef void unit_split(const char *, size_t, unit_feed *, void *);

static void check_split(const char *stream, size_t length, unit_split *split,
                        const char *wanted) {
  struct sse sse;
  struct log log = {.length = 0};
  sse_open(&sse, &sink, &log);
  split(stream, length, feed, &sse);
  sse_close(&sse);
  ck_assert(!log.open);
  ck_assert_str_eq(log.text, wanted);
}

/* Two chunks, split at this position. */
static size_t cut;

static void cut_in_two(const char *data, size_t length, unit_feed *take,
                       void *user) {
  take(user, data, cut);
  take(user, data + cut, length - cut);
}

/* The events do not depend on how the input is split. */
static void check(const char *stream, const char *wanted) {
  size_t length = strlen(stream);
  check_split(stream, length, unit_whole, wanted);
  check_split(stream, length, unit_bytes, wanted);
  for (cut = 0; cut <= length; cut++)
    check_split(stream, length, cut_in_two, wanted);
  for (unsigned i = 0; i < 20; i++)
    check_split(stream, length, unit_random_chunks, wanted);
}

/* --- lines --------------------------------------------------------------- */

START_TEST(test_line_ends) {
  check("data: a\n\ndata: b\n\n", "[a][b]");
  check("data: a\r\n\r\ndata: b\r\n\r\n", "[a][b]");
  check("data: a\r\rdata: b\r\r", "[a][b]");
  check("data: a\n\r\ndata: b\r\n\rdata: c\n\r", "[a][b][c]");
  check("data: a\r\ndata: b\n\r\n", "[a\nb]");
  check("\n\r\n\rdata: a\n\n\n\n", "[a]");
}
END_TEST

/* A `\n` after `\r` belongs to the same line ending. */
START_TEST(test_crlf_across_chunks) {
  check("data: a\r\n\ndata: b\r\n\n", "[a][b]");
  check("data: a\r\ndata: b\r\n\r\n", "[a\nb]");
}
END_TEST

START_TEST(test_comments) {
  check(": hello\n\ndata: a\n: still here\ndata: b\n:\n\n:\n\n",
        "(hello)[a(still here)\nb()]()");
  check(":HTTP_STATUS/429\n", "(HTTP_STATUS/429)");
  check(": more than is kept of it\n", "(more than is kep)");
  check(":data: a\n\n::\n\n", "(data: a)(:)");
  check(":ping\r\n\r\ndata: a\r\n\r\n", "(ping)[a]");
}
END_TEST

START_TEST(test_byte_order_mark) {
  check("\xEF\xBB\xBF"
        "data: a\n\n",
        "[a]");
  check("data: a\n\n\xEF\xBB\xBF"
        "data: b\n\n",
        "[a]"); /* only at the start */
  check("\xEF\xBB\xBF", "");
  check("\xEF\xBB\xBF: c\n\ndata: \xEF\xBB\xBF\n\n", "(c)[\xEF\xBB\xBF]");
}
END_TEST

/* --- fields -------------------------------------------------------------- */

START_TEST(test_space_after_the_colon) {
  check("data:a\n\n", "[a]");
  check("data: a\n\n", "[a]");
  check("data:  a \n\n", "[ a ]");
  check("data:\ta\n\n", "[\ta]");
  check("data: :a\n\ndata::a\n\n", "[:a][:a]");
}
END_TEST

START_TEST(test_several_lines_of_data) {
  check("data: {\ndata: \"a\":\ndata: 1}\n\n", "[{\n\"a\":\n1}]");
  check("data: a\ndata\ndata:\ndata: b\n\n", "[a\n\n\nb]");
  check("data: a\nid: 5\nretry: 10\ndata: b\n\n", "[a\nb]");
}
END_TEST

/* As in the standard, an empty data line is an empty event. */
START_TEST(test_empty_data) {
  check("data\n\n", "[]");
  check("data:\n\ndata: \n\n", "[][]");
  check("data\ndata\n\n", "[\n]");
}
END_TEST

START_TEST(test_events_without_data) {
  check("event: ping\n\nid: 1\n\ndata: a\n\n", "[a]");
  check("event: error\n\ndata: a\n\n", "[a]"); /* and its name is reset */
  check("\n\n\n", "");
  check("", "");
}
END_TEST

START_TEST(test_other_fields) {
  check("datas: a\n\ndat: b\n\n data: c\n\nDATA: d\n\ndata : e\n\n", "");
  check("data-and-much-more: a\ndata: b\n\n", "[b]");
  check("\"data\": a\n{\"data\": 1}\n\n", "");
}
END_TEST

START_TEST(test_error_events) {
  check("event: error\ndata: a\n\ndata: b\n\n", "[a]![b]");
  check("data: a\nevent:error\n\n", "[a]!");
  check("event: errors\ndata: a\n\nevent: err\ndata: b\n\n", "[a][b]");
  check("event: error-of-mine\ndata: a\n\nevent:  error\ndata: b\n\n",
        "[a][b]");
  check("event: message\nevent: error\ndata: a\n\n", "[a]!"); /* the last */
  check("event: error\nevent\ndata: a\n\n", "[a]");
  check("event: error\r\ndata: a\r\n\r\n", "[a]!");
}
END_TEST

/* --- end of stream -------------------------------------------------------- */

/* The standard drops an unterminated event; clients of this API read it. */
START_TEST(test_unterminated_last_event) {
  check("data: a\n\ndata: b\n", "[a][b]");
  check("data: a\n\ndata: b", "[a][b]");
  check("data: a\n\ndata", "[a][]");
  check("data: a\r", "[a]");
  check("event: error\ndata: a", "[a]!");
  check("data: a\nevent: error", "[a]!");
  check("data: a\n\nevent: error", "[a]");
  check("data: a\n: comment", "[a(comment)]");
}
END_TEST

/* llama.cpp's. */
START_TEST(test_error_field) {
  check("error: {\"code\":400}\n\n", "[{\"code\":400}]!");
  check("data: a\n\nerror: b\n\ndata: c\n\n", "[a][b]![c]");
  check("error\n\n", "[]!");
  check("errors: b\n\n", "");
}
END_TEST

/* Random input gives the same events however it is split. */
START_TEST(test_random_bytes) {
  static const char *const parts[] = {
      "data", "event", "error", ":", " ",  "\r",     "\n",
      "\r\n", "\n\n",  "{}",    "x", "id", "[DONE]", "\xEF\xBB\xBF"};
  for (unsigned round = 0; round < 3000; round++) {
    char stream[512] = "";
    struct sse sse;
    struct log log = {.length = 0};
    for (unsigned i = unit_random(40); i > 0; i--)
      strcat(stream, parts[unit_random(COUNT_OF(parts))]);
    sse_open(&sse, &sink, &log);
    sse_feed(&sse, stream, strlen(stream));
    sse_close(&sse);
    ck_assert(!log.open);
    check_split(stream, strlen(stream), unit_bytes, log.text);
    check_split(stream, strlen(stream), unit_random_chunks, log.text);
  }
}
END_TEST

START_TEST(test_nul_bytes) {
  static const char stream[] = "data: a\0b\n\n\0data: c\n\ndata\0: d\n\n";
  struct sse sse;
  struct log log = {.length = 0};
  sse_open(&sse, &sink, &log);
  unit_bytes(stream, sizeof stream - 1, feed, &sse);
  sse_close(&sse);
  ck_assert_uint_eq(log.length, 5);
  ck_assert_mem_eq(log.text, "[a\0b]", 5);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "sse", test_line_ends, test_crlf_across_chunks, test_comments,
      test_byte_order_mark, test_space_after_the_colon,
      test_several_lines_of_data, test_empty_data, test_events_without_data,
      test_other_fields, test_error_events, test_error_field,
      test_unterminated_last_event, test_random_bytes, test_nul_bytes);
}
