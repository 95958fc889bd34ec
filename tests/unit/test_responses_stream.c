/* POST /responses: streams. */
#include "completion_fixture.h"
#include "probe/probe_kind.h"
#include "responses_fixture.h"
#include "unit.h"

#define EVENT(type, members)                                                   \
  "event: " type "\ndata: {\"type\":\"" type "\"" members "}\n\n"
#define WHOLE(type, status, output, usage)                                     \
  EVENT(type, ",\"sequence_number\":0,\"response\":" RESPONSE(                 \
                  "gpt-5-mini", status, output, usage))
#define NEW "\"status\":\"in_progress\",\"incomplete_details\":null"
#define START                                                                  \
  WHOLE("response.created", NEW, "", "null")                                   \
  WHOLE("response.in_progress", NEW, "", "null")
#define ITEM(type)                                                             \
  EVENT("response.output_item.added",                                          \
        ",\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":\"" type          \
        "\",\"status\":\"in_progress\",\"content\":[]}")
#define PART                                                                   \
  EVENT("response.content_part.added",                                         \
        ",\"item_id\":\"i\",\"part\":{\"type\":\"output_text\",\"text\":"      \
        "\"\",\"annotations\":[]}")
#define BEGIN START ITEM("message") PART
#define PIECE(kind)                                                            \
  EVENT("response." kind ".delta",                                             \
        ",\"item_id\":\"i\",\"delta\":\"po\",\"logprobs\":[],"                 \
        "\"obfuscation\":\"x\"")
#define TEXT PIECE("output_text")
#define TEXT_DONE                                                              \
  EVENT("response.output_text.done", ",\"item_id\":\"i\",\"text\":\"popo\"")
#define DONE WHOLE("response.completed", COMPLETED, PONG, USAGE(8, 3, 5, 0))
#define KEEPALIVE "event: keepalive\ndata: {\"type\":\"keepalive\"}\n\n"

START_TEST(test_stream) {
  open_stream();
  come(0.5, BEGIN ": comment\n\n" KEEPALIVE);
  come(0.75, TEXT);
  come(1, TEXT);
  come(1.2, KEEPALIVE);
  come(1.5, TEXT);
  come(1.75, TEXT);
  come(1.8, TEXT_DONE DONE);
  check_stream_stats(8, 3);
}
END_TEST

START_TEST(test_stream_in_bytes) {
  static const char body[] = BEGIN TEXT DONE "data: {rubbish";
  ck_assert_int_eq(cause_of_bytes(body), CAUSE_OK);
  ck_assert_uint_eq(result.completion_tokens, 5);
}
END_TEST

/* In the order in which Go writes the members of a map. */
START_TEST(test_type_after_the_other_members) {
  static const char delta[] = "data: {\"delta\":\"po\",\"item_id\":\"i\","
                              "\"type\":\"response.output_text.delta\"}\n\n";
  open_stream();
  come(1, delta);
  come(2, delta);
  come(3, "data: {\"response\":{\"model\":\"gpt-5-mini\",\"usage\":"
          "{\"input_tokens\":8,\"output_tokens\":3}},"
          "\"type\":\"response.completed\"}\n\n");
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert_double_eq(result.first_token, 1);
  ck_assert_double_eq(result.tokens_per_second, 2);
}
END_TEST

/* Reasoning counts towards the speed only if it is shown. */
START_TEST(test_reasoning) {
  static const char *const pieces[] = {PIECE("reasoning_summary_text"),
                                       PIECE("reasoning_text"), TEXT};
  for (size_t i = 0; i < COUNT_OF(pieces); i++) {
    open_stream();
    come(1, START ITEM("reasoning"));
    come(2, pieces[i]);
    come(3, TEXT);
    come(3, WHOLE("response.completed", COMPLETED, PONG, USAGE(8, 0, 12, 7)));
    ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
    ck_assert_double_eq(result.first_token, 2);
    ck_assert_double_eq(result.tokens_per_second, i < 2 ? 11 : 4);
    ck_assert_uint_eq(result.reasoning_tokens, 7);
  }
}
END_TEST

#define ALPHABETICAL(text)                                                     \
  "data: {\"delta\":\"" text "\",\"type\":\"response.output_text.delta\"}\n\n"
#define THOUGHT                                                                \
  "{\"type\":\"reasoning\",\"content\":[{\"type\":\"reasoning_text\","         \
  "\"text\":\"popo\"}]}"

/* Only text is what a model answers; and it is read once, although the last
 * event of a stream repeats it. */
START_TEST(test_expected_answer) {
  static const struct {
    const char *body, *said;
  } cases[] = {
      {START TEXT TEXT TEXT_DONE DONE, NULL},
      {START PIECE("reasoning_text") ALPHABETICAL("po") ALPHABETICAL("po") DONE,
       NULL},
      {START WHOLE("response.completed", COMPLETED,
                   THOUGHT "," MESSAGE(OUTPUT_TEXT("popo")), "null"),
       NULL},
      {START TEXT DONE, "po"},
      {START PIECE("reasoning_text") PIECE("refusal") TEXT DONE, "po"},
      {START WHOLE("response.completed", COMPLETED, THOUGHT "," PONG, "null"),
       "Pong"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_stream();
    answer_expect(&answer, "popo");
    come(1, cases[i].body);
    ck_assert_msg(
        end_as(CAUSE_OK) ==
            (cases[i].said == NULL ? CAUSE_OK : CAUSE_UNEXPECTED_ANSWER),
        "%zu: %s", i, causes[result.cause].name);
    if (cases[i].said != NULL)
      ck_assert_str_eq(result.error_message, cases[i].said);
  }
}
END_TEST

START_TEST(test_content_of_a_stream) {
  static const struct {
    enum cause cause;
    bool has_pieces;
    const char *body;
  } cases[] = {
      {CAUSE_OK, true, START PIECE("refusal") DONE},
      {CAUSE_OK, true,
       START ITEM("function_call") PIECE("function_call_arguments") DONE},
      {CAUSE_OK, false, START DONE},
      {CAUSE_OK, false,
       START ITEM("reasoning")
           WHOLE("response.completed", COMPLETED, "", "null")},
      {CAUSE_OK, true,
       BEGIN TEXT WHOLE("response.incomplete", INCOMPLETE("max_output_tokens"),
                        "", "null")},
      {CAUSE_OK, false,
       START WHOLE("response.incomplete", INCOMPLETE("max_output_tokens"), "",
                   USAGE(8, 0, 16, 16))},
      {CAUSE_OK, false,
       START WHOLE("response.incomplete", INCOMPLETE("content_filter"), "",
                   "null")},
      {CAUSE_EMPTY_ANSWER, false,
       BEGIN WHOLE("response.completed", COMPLETED, MESSAGE(""), "null")}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    enum cause cause = cause_of(cases[i].body);
    ck_assert_msg(cause == cases[i].cause &&
                      result.has_stream == cases[i].has_pieces,
                  "%zu: %s", i, causes[cause].name);
  }
}
END_TEST

/* Some relays send the whole response, or one that they made up, in events
 * other than the last. */
#define EARLY(status) WHOLE("response.created", status, PONG, USAGE(8, 3, 5, 0))
#define EARLY_ALPHABETICAL                                                     \
  "data: {\"response\":" PLAIN(COMPLETED,                                      \
                               PONG) ",\"type\":"                              \
                                     "\"response.in_progress\"}\n\n"

START_TEST(test_ends_of_a_stream) {
  static const struct {
    const char *body;
    enum cause ended, broken, timed_out;
  } cases[] = {
      {BEGIN TEXT, CAUSE_STREAM_CUT, CAUSE_STREAM_CUT, CAUSE_STREAM_STALLED},
      {BEGIN TEXT TEXT_DONE, CAUSE_STREAM_CUT, CAUSE_STREAM_CUT,
       CAUSE_STREAM_STALLED},
      {BEGIN TEXT "data: [DONE]\n\n", CAUSE_STREAM_CUT, CAUSE_STREAM_CUT,
       CAUSE_STREAM_CUT},
      {BEGIN TEXT DONE, CAUSE_OK, CAUSE_OK, CAUSE_OK},
      {BEGIN TEXT DONE "data: [DONE]\n\n", CAUSE_OK, CAUSE_OK, CAUSE_OK},
      {BEGIN TEXT EVENT("response.completed", ""), CAUSE_OK, CAUSE_OK,
       CAUSE_OK},
      {BEGIN TEXT WHOLE("response.done", COMPLETED, PONG, USAGE(8, 3, 5, 0)),
       CAUSE_OK, CAUSE_OK, CAUSE_OK},
      {BEGIN TEXT WHOLE("response.done", FAILED("server_error", "x"), "",
                        "null"),
       CAUSE_STREAM_ERROR, CAUSE_STREAM_ERROR, CAUSE_STREAM_ERROR},
      {EARLY(COMPLETED) TEXT, CAUSE_STREAM_CUT, CAUSE_STREAM_CUT,
       CAUSE_STREAM_STALLED},
      {EARLY(INCOMPLETE("max_output_tokens")) TEXT, CAUSE_STREAM_CUT,
       CAUSE_STREAM_CUT, CAUSE_STREAM_STALLED},
      {EARLY(COMPLETED) TEXT "data: [DONE]\n\n", CAUSE_STREAM_CUT,
       CAUSE_STREAM_CUT, CAUSE_STREAM_CUT},
      {EARLY_ALPHABETICAL TEXT, CAUSE_STREAM_CUT, CAUSE_STREAM_CUT,
       CAUSE_STREAM_STALLED},
      {EARLY(COMPLETED) TEXT DONE, CAUSE_OK, CAUSE_OK, CAUSE_OK},
      {KEEPALIVE, CAUSE_MALFORMED, CAUSE_STREAM_CUT, CAUSE_STREAM_STALLED}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    static const enum cause ends[] = {CAUSE_OK, CAUSE_CONNECTION,
                                      CAUSE_TIMEOUT};
    const enum cause wanted[] = {cases[i].ended, cases[i].broken,
                                 cases[i].timed_out};
    for (size_t end = 0; end < COUNT_OF(ends); end++) {
      open_stream();
      come(1, cases[i].body);
      enum cause cause = end_as(ends[end]);
      ck_assert_msg(cause == wanted[end], "%zu, %s: %s", i,
                    causes[ends[end]].name, causes[cause].name);
    }
  }
}
END_TEST

/* It was silent for no longer than before. */
START_TEST(test_early_status_does_not_make_a_slow_stream_a_stalled_one) {
  open_stream();
  come(1, EARLY(COMPLETED) TEXT);
  come(16, TEXT);
  ck_assert_int_eq(end_as(CAUSE_TIMEOUT), CAUSE_TIMEOUT);
}
END_TEST

#define FAILED_EVENT(code, message)                                            \
  WHOLE("response.failed", FAILED(code, message), "", "null")
#define ERROR_EVENT(code, message)                                             \
  EVENT("error", ",\"code\":\"" code "\",\"message\":\"" message               \
                 "\",\"param\":null,\"sequence_number\":9")

/* After so many events that their types alone exceed the limit on texts. */
START_TEST(test_errors_in_a_stream) {
  static const struct {
    const char *event, *message;
    enum cause cause;
  } cases[] = {
      {FAILED_EVENT("server_error", "An error occurred"), "An error occurred",
       CAUSE_STREAM_ERROR},
      {FAILED_EVENT("rate_limit_exceeded", "Slow down"), "Slow down",
       CAUSE_RATE_LIMITED},
      {FAILED_EVENT("insufficient_quota", "No money"), "No money", CAUSE_QUOTA},
      {EVENT("response.failed", ",\"error\":{\"code\":\"server_error\","
                                "\"message\":\"An error occurred\"}"),
       "An error occurred", CAUSE_STREAM_ERROR},
      {EVENT("response.failed", ",\"response\":{\"status\":\"failed\"}"), NULL,
       CAUSE_STREAM_ERROR},
      {ERROR_EVENT("server_error", "An error occurred"), "An error occurred",
       CAUSE_STREAM_ERROR},
      {ERROR_EVENT("rate_limit_exceeded", "Slow down"), "Slow down",
       CAUSE_RATE_LIMITED},
      {EVENT("error", ",\"error\":{\"type\":\"invalid_request_error\",\"code\":"
                      "\"insufficient_quota\",\"message\":\"No money\"}"),
       "No money", CAUSE_QUOTA}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    open_stream();
    come(1, BEGIN);
    for (unsigned n = 0; n < 100; n++)
      come(1, TEXT);
    come(2, cases[i].event);
    enum cause cause = end_as(CAUSE_OK);
    ck_assert_msg(cause == cases[i].cause, "%s: %s", cases[i].event,
                  causes[cause].name);
    if (cases[i].message != NULL)
      ck_assert_str_eq(result.error_message, cases[i].message);
  }
}
END_TEST

START_TEST(test_stream_of_another_api) {
  cause_of("data: {\"object\":\"chat.completion.chunk\","
           "\"choices\":[{\"delta\":{\"content\":\"po\"}}]}\n"
           "\ndata: [DONE]\n\n");
  check_malformed("use <Chat>");
  cause_of("event: message_start\ndata: {\"type\":"
           "\"message_start\",\"message\":{}}\n\n");
  check_malformed("use <Messages>");
  cause_of(PLAIN(COMPLETED, PONG));
  check_malformed(NULL);
}
END_TEST

/* What a relay answers to the requests of other kinds. */
START_TEST(test_form_of_responses_elsewhere) {
  static const unsigned kinds[] = {KIND_CHAT, KIND_MESSAGES};
  for (size_t i = 0; i < COUNT_OF(kinds); i++) {
    open_stream();
    probe.kind = &probe_kinds[kinds[i]];
    come(1, BEGIN TEXT DONE);
    end_as(CAUSE_OK);
    check_malformed("use <Responses>");
    setup(false);
    probe.kind = &probe_kinds[kinds[i]];
    result = unit_probe_result(&probe, 200, PLAIN(COMPLETED, PONG));
    check_malformed("use <Responses>");
    result = unit_probe_result(&probe, 200, BEGIN TEXT DONE);
    check_malformed("use <Responses>");
  }
}
END_TEST

int main(void) {
  completion_of(KIND_RESPONSES, "gpt-5-mini");
  return UNIT_RUN("responses_stream", test_stream, test_stream_in_bytes,
                  test_type_after_the_other_members, test_reasoning,
                  test_expected_answer, test_content_of_a_stream,
                  test_ends_of_a_stream,
                  test_early_status_does_not_make_a_slow_stream_a_stalled_one,
                  test_errors_in_a_stream, test_stream_of_another_api,
                  test_form_of_responses_elsewhere);
}
