/* Plain and streamed bodies, split in any way. */
#include "probe/body.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct body body;

/* The reported events: `(` for each new document, then the values at `a`; error
 * texts in angle brackets. */
static char log_text[2048];

static void add(const char *text, size_t length) {
  size_t there = strlen(log_text);
  ck_assert_uint_lt(there + length, sizeof log_text);
  memcpy(log_text + there, text, length);
  log_text[there + length] = '\0';
}

static void want(void *user, struct json_reader *json) {
  static const struct json_selector selectors[] = {{"a", 1}};
  ck_assert_ptr_eq(user, &body);
  add("(", 1);
  json_select(json, &selectors[0]);
}

static void hit(void *user, int id, const struct json_value *value) {
  ck_assert_ptr_eq(user, &body);
  ck_assert_int_eq(id, 1);
  if (value->type == JSON_NUMBER || value->type == JSON_STRING)
    add(value->text, value->length);
  add(";", 1);
}

static void error_text(void *user, const char *text, size_t length) {
  ck_assert_ptr_eq(user, &body);
  add("<", 1);
  add(text, length);
  add(">", 1);
}

static const struct body_sink sink = {want, hit, error_text};

static void feed(void *user, const char *data, size_t length) {
  body_feed(user, data, length);
}

static size_t cut;

static void cut_in_two(const char *data, size_t length, unit_feed *take,
                       void *user) {
  take(user, data, cut);
  take(user, data + cut, length - cut);
}

typedef void unit_split(const char *, size_t, unit_feed *, void *);

struct wanted {
  bool streams, done;
  enum json_state state;
  const char *log;
};

static void check_split(enum body_streaming streaming, const char *data,
                        unit_split *split, const struct wanted *wanted) {
  log_text[0] = '\0';
  body_open(&body, streaming, &sink, &body);
  split(data, strlen(data), feed, &body);
  enum json_state state = body_close(&body);
  ck_assert_msg(state == wanted->state, "%d: %s", state, data);
  ck_assert_msg(body.streams == wanted->streams, "%s", data);
  ck_assert_msg(body.done == wanted->done, "%s", data);
  ck_assert_str_eq(log_text, wanted->log);
}

static void check(enum body_streaming streaming, const char *data,
                  struct wanted wanted) {
  check_split(streaming, data, unit_whole, &wanted);
  check_split(streaming, data, unit_bytes, &wanted);
  for (cut = 0; cut <= strlen(data); cut++)
    check_split(streaming, data, cut_in_two, &wanted);
  for (unsigned i = 0; i < 10; i++)
    check_split(streaming, data, unit_random_chunks, &wanted);
}

static void check_stream(const char *data, enum json_state state, bool done,
                         const char *log) {
  check(BODY_STREAMS, data, (struct wanted){true, done, state, log});
}

static void check_plain(enum body_streaming streaming, const char *data,
                        enum json_state state, const char *log) {
  check(streaming, data, (struct wanted){false, false, state, log});
}

/* --- a single document ---------------------------------------------------- */

START_TEST(test_json_document) {
  static const enum body_streaming all[] = {BODY_NEVER_STREAMS, BODY_STREAMS,
                                            BODY_STREAMS_UNASKED};
  for (size_t i = 0; i < COUNT_OF(all); i++) {
    check_plain(all[i], "{\"a\":1}", JSON_COMPLETE, "(1;");
    check_plain(all[i], "{\"a\":1", JSON_INVALID, "(1;");
    check_plain(all[i], "{\"a\":}", JSON_INVALID, "(");
    check_plain(all[i], "{\"a\":\"data: [DONE]\"}\n", JSON_COMPLETE,
                "(data: [DONE];");
    check_plain(all[i], "[1]", JSON_COMPLETE, "(");
    check_plain(all[i], "<html>", JSON_INVALID, "(");
  }
}
END_TEST

START_TEST(test_empty_body) {
  check_plain(BODY_NEVER_STREAMS, "", JSON_INVALID, "");
  check_plain(BODY_STREAMS, "", JSON_INVALID, "");
}
END_TEST

/* What could not stream even if asked is a document. */
START_TEST(test_unrequested_stream) {
  static const char *const streams[] = {"data: {\"a\":1}\n\n",
                                        "event: x\ndata: {\"a\":1}\n\n",
                                        ": ping\n\ndata: {\"a\":1}\n\n"};
  for (size_t i = 0; i < COUNT_OF(streams); i++) {
    check_plain(BODY_NEVER_STREAMS, streams[i], JSON_INVALID, "(");
    check(BODY_STREAMS_UNASKED, streams[i],
          (struct wanted){true, false, JSON_COMPLETE, "(1;"});
  }
  check_plain(BODY_STREAMS_UNASKED, "\"a\"", JSON_COMPLETE, "(");
  check_plain(BODY_STREAMS_UNASKED, "Busy: retry later", JSON_INVALID, "(");
}
END_TEST

/* --- streams ------------------------------------------------------------- */

START_TEST(test_stream) {
  check_stream("data: {\"a\":1}\n\ndata: {\"a\":\"x\"}\n\ndata: [DONE]\n\n",
               JSON_COMPLETE, true, "(1;(x;");
  check_stream("data: {\"a\":1}\r\n\r\ndata:[DONE]\r\n\r\n", JSON_COMPLETE,
               true, "(1;");
  check_stream(": hello\n\nevent: x\ndata: {\ndata: \"a\"\ndata: :1}\n\n",
               JSON_COMPLETE, false, "(1;");
  check_stream("\xEF\xBB\xBF"
               "data: {\"a\":1}\n\n",
               JSON_COMPLETE, false, "(1;");
}
END_TEST

/* The [DONE] marker ends the stream, whatever else its event contains, as for
 * OpenAI's clients. */
START_TEST(test_done_marker) {
  check_stream("data: {\"a\":1}\n\ndata: [DONE]\n\ndata: {\"a\":2}\n\n",
               JSON_COMPLETE, true, "(1;");
  check_stream("data: {\"a\":1}\n\ndata: [DONE] bye\n\nrubbish", JSON_COMPLETE,
               true, "(1;");
  check_stream("data: {\"a\":1}\n\ndata: [DONE]\ndata: {\"a\":2}\n\n",
               JSON_COMPLETE, true, "(1;");
  check_stream("data: {\"a\":1}\n\ndata: [DONE]", JSON_COMPLETE, true, "(1;");
  check_stream("data: [DONE]\n\n", JSON_INVALID, true, "");
}
END_TEST

START_TEST(test_prefix_of_the_done_marker) {
  check_stream("data: [DONE\n\n", JSON_INVALID, false, "(");
  check_stream("data: [DO\ndata: NE]\n\n", JSON_INVALID, false, "(");
  check_stream("data: [done]\n\n", JSON_INVALID, false, "(");
  check_stream("data: DONE\n\n", JSON_INVALID, false, "(");
  check_stream("data: [1,2]\n\ndata: []\n\n", JSON_COMPLETE, false, "((");
  check_stream("data: [[[[[[1]]]]]]\n\n", JSON_COMPLETE, false, "(");
  check_stream("data: {\"a\":\"[DONE]\"}\n\n", JSON_COMPLETE, false,
               "([DONE];");
}
END_TEST

/* After an event that is not a document, the rest is not parsed. */
START_TEST(test_event_with_invalid_json) {
  check_stream("data: {\"a\":1}\n\ndata: {\"a\":\n\ndata: {\"a\":3}\n\n",
               JSON_INVALID, false, "(1;(");
  check_stream("data: {\"a\":1} x\n\ndata: [DONE]\n\n", JSON_INVALID, false,
               "(1;");
  check_stream("data:\n\n", JSON_INVALID, false, "(");
  check_stream("data: {\"a\":1}{\"a\":2}\n\n", JSON_INVALID, false, "(1;");
}
END_TEST

/* An event that was cut off with the connection does not invalidate earlier
 * ones. */
START_TEST(test_truncated_within_an_event) {
  check_stream("data: {\"a\":1}\n\ndata: {\"a\":", JSON_COMPLETE, false,
               "(1;(");
  check_stream("data: {\"a\":1}\n\ndata: [DON", JSON_COMPLETE, false, "(1;(");
  check_stream("data: {\"a\":1}\n\ndata:", JSON_COMPLETE, false, "(1;(");
  check_stream("data: {\"a\":1}\n\nda", JSON_COMPLETE, false, "(1;");
  check_stream("data: {\"a\":1}\n\n: pi", JSON_COMPLETE, false, "(1;");
  check_stream("data: {\"a\":", JSON_INVALID, false, "(");
}
END_TEST

/* A complete one counts even without a final empty line. */
START_TEST(test_unterminated_last_event) {
  check_stream("data: {\"a\":1}\n\ndata: {\"a\":2}", JSON_COMPLETE, false,
               "(1;(2;");
  check_stream("data: {\"a\":1}\n", JSON_COMPLETE, false, "(1;");
}
END_TEST

START_TEST(test_neither_json_nor_stream) {
  check_stream("Internal Server Error", JSON_INVALID, false, "");
  check_stream("\"data\": 1", JSON_INVALID, false, "");
  check_stream(": ping\n\n: ping\n\n", JSON_INVALID, false, "");
  check_stream("event: error\n\n", JSON_INVALID, false, "");
}
END_TEST

START_TEST(test_error_events) {
  static const struct {
    const char *data;
    bool named;
  } cases[] = {{"event: error\ndata: {}\n\n", true},
               {"data: {}\n\nevent: error\ndata: overloaded\n\n", true},
               {"data: {}\n\nevent: error\ndata: {\"a\":1}", true},
               {"event: message\ndata: {}\n\n", false},
               {"event: error\n\ndata: {}\n\n", false},
               {"data: [DONE]\n\nevent: error\ndata: {}\n\n", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    body_open(&body, BODY_STREAMS, &sink, &body);
    unit_bytes(cases[i].data, strlen(cases[i].data), feed, &body);
    body_close(&body);
    ck_assert_msg(body.named_error == cases[i].named, "%s", cases[i].data);
  }
}
END_TEST

START_TEST(test_error_event_with_plain_text) {
  static const char stream[] = "event: error\ndata: Rate limit\n"
                               "data: exceeded\n\n";
  log_text[0] = '\0';
  body_open(&body, BODY_STREAMS, &sink, &body);
  unit_bytes(stream, strlen(stream), feed, &body);
  ck_assert_int_eq(body_close(&body), JSON_INVALID);
  ck_assert(body.named_error);
  ck_assert_str_eq(log_text, "(<Rate limit\nexceeded>");
}
END_TEST

START_TEST(test_status_in_a_comment) {
  static const struct {
    const char *stream;
    int status;
  } cases[] = {{"id:1\nevent:error\n:HTTP_STATUS/429\ndata:{}\n\n", 429},
               {"id:1\n: HTTP_STATUS/503\ndata:{}\n\n", 503},
               {"id:1\n:HTTP_STATUS/200\ndata:{}\n\n", 0},
               {"id:1\n:HTTP_STATUS/4x9\ndata:{}\n\n", 0},
               {"id:1\n:HTTP_STATUS/4290\ndata:{}\n\n", 0},
               {"id:1\n:HTTP_STATUS/\ndata:{}\n\n", 0}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    body_open(&body, BODY_STREAMS, &sink, &body);
    unit_bytes(cases[i].stream, strlen(cases[i].stream), feed, &body);
    body_close(&body);
    ck_assert_msg(body.status == cases[i].status, "%s", cases[i].stream);
  }
}
END_TEST

/* --- limits --------------------------------------------------------------- */

static void feed_many(const char *piece, size_t count) {
  for (size_t i = 0; i < count; i++)
    body_feed(&body, piece, strlen(piece));
}

START_TEST(test_token_too_large) {
  for (int streams = 0; streams < 2; streams++) {
    const char *begin = streams ? "data: {}\n\ndata: {\"a\":\"" : "{\"a\":\"";
    body_open(&body, BODY_STREAMS, &sink, &body);
    feed_many(begin, 1);
    feed_many("x", JSON_TOKEN_MAX);
    ck_assert_int_eq(body_feed(&body, "x", 1), JSON_TOO_LARGE);
    feed_many("\"}\n\n", 1);
    ck_assert_int_eq(body_close(&body), JSON_TOO_LARGE);
  }
}
END_TEST

/* Lines and events may have any length, because they are not stored. */
START_TEST(test_long_lines) {
  body_open(&body, BODY_STREAMS, &sink, &body);
  log_text[0] = '\0';
  feed_many(": comment without end ", 100000);
  feed_many("\n\ndata: {\"b\":[0", 1);
  feed_many(",1", 100000);
  feed_many("\ndata: ,2", 1000);
  feed_many("],\"a\":5}\n\nfield", 1);
  feed_many("field", 100000);
  feed_many(": x\n\n", 1);
  ck_assert_int_eq(body_close(&body), JSON_COMPLETE);
  ck_assert_str_eq(log_text, "(5;");
}
END_TEST

START_TEST(test_many_events) {
  body_open(&body, BODY_STREAMS, &sink, &body);
  log_text[0] = '\0';
  feed_many("data: {}\n\n", 1000);
  ck_assert_uint_eq(body.documents, 1000);
  ck_assert_int_eq(body_close(&body), JSON_COMPLETE);
}
END_TEST

int main(void) {
  return UNIT_RUN("body", test_json_document, test_empty_body,
                  test_unrequested_stream, test_stream, test_done_marker,
                  test_prefix_of_the_done_marker, test_event_with_invalid_json,
                  test_truncated_within_an_event, test_unterminated_last_event,
                  test_neither_json_nor_stream, test_error_events,
                  test_error_event_with_plain_text, test_status_in_a_comment,
                  test_token_too_large, test_long_lines, test_many_events);
}
