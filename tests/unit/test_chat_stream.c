/* Streamed completions: timing, usage and the model that answers. */
#include "chat_stream_fixture.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>

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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
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
    ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
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
    ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert_double_eq(result.tokens_per_second, 252);
  ck_assert_double_eq(
      rate_of(1, 3,
              FINISHED "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,"
                       "\"completion_tokens\":5,\"completion_tokens_details\":{"
                       "\"reasoning_tokens\":5}}}\n\n"),
      0);
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
    ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert_uint_eq(result.completion_tokens, 5);
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

/* --- the model ------------------------------------------------------------ */

START_TEST(test_model_mismatch) {
  open_stream();
  come(1, "data: {\"model\":\"cheaper\",\"choices\":[{\"delta\":{\"content\":"
          "\"a\"}}]}\n\n");
  come(2, FINISHED DONE);
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert(result.model_mismatch);
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
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert(result.model_mismatch);
  open_stream();
  come(1, named);
  token(2);
  come(3, FINISHED DONE);
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert(result.model_mismatch);
}
END_TEST

int main(void) {
  completion_of(KIND_CHAT, "openai/gpt-4o-mini");
  return UNIT_RUN(
      "chat_stream", test_stream, test_time_to_first_token,
      test_whole_message_in_one_event, test_gaps, test_tokens_per_second,
      test_tokens_per_second_of_reasoning_models, test_without_usage,
      test_continuous_usage, test_usage_in_other_places, test_model_mismatch,
      test_other_model_in_one_chunk);
}
