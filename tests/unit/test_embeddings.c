#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static char model[] = "text-embedding-3-small", prompt[] = "ping";

static struct probe_settings probe = {.model = model, .prompt = prompt};

static struct probe_result probe_result_of(const char *body) {
  probe.kind = &probe_kinds[KIND_EMBEDDINGS];
  return unit_probe_result(&probe, 200, body);
}

START_TEST(test_request) {
  char body[128];
  probe.kind = &probe_kinds[KIND_EMBEDDINGS];
  size_t length = unit_request(&probe, 0, NULL);
  ck_assert_uint_eq(unit_request(&probe, 0, body), length);
  ck_assert_str_eq(body, "{\"model\":\"text-embedding-3-small\","
                         "\"input\":\"ping\"}");
}
END_TEST

START_TEST(test_vector) {
  struct probe_result result = probe_result_of(
      "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
      "\"embedding\":[-0.0069,0,1.5e-3]}],\"model\":\"text-embedding-3-small\","
      "\"usage\":{\"prompt_tokens\":5,\"total_tokens\":5,\"cost\":1e-6}}");
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert(result.has_usage);
  ck_assert_double_eq(result.cost, 1e-6);
  ck_assert_uint_eq(result.prompt_tokens, 5);
  ck_assert_uint_eq(result.completion_tokens, 0);
  ck_assert(!result.model_mismatch);
}
END_TEST

START_TEST(test_no_vector_at_all) {
  static const char *const bodies[] = {
      "{}",
      "[]",
      "{\"data\":null}",
      "{\"data\":{\"embedding\":[1]}}",
      "{\"embedding\":[1]}",
      ("{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"content\":"
       "\"pong\"}}]}")};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    struct probe_result result = probe_result_of(bodies[i]);
    ck_assert_msg(result.cause == CAUSE_MALFORMED, "%s", bodies[i]);
    ck_assert(!result.has_usage);
  }
}
END_TEST

/* A search cannot use any of these. The second is what base64 looks like, which
 * was not requested. */
START_TEST(test_vectors_without_content) {
  static const char *const vectors[] = {
      "[]",      "\"zczMPQAAAAA=\"", "null",          "[null,null]",
      "[0,0.0]", "[\"0.1\",\"2\"]",  "[0.1,\"NaN\"]", "[0.1,null]",
      "[[0.1]]", "{\"0\":0.1}",      "[1e999]",       "[0,-0.0,0e9]"};
  for (size_t i = 0; i < COUNT_OF(vectors); i++) {
    char body[128];
    snprintf(body, sizeof body,
             "{\"data\":[{\"embedding\":%s}],\"usage\":{\"prompt_tokens\":5}}",
             vectors[i]);
    struct probe_result result = probe_result_of(body);
    ck_assert_msg(result.cause == CAUSE_EMPTY_ANSWER, "%s", vectors[i]);
    ck_assert_uint_eq(result.prompt_tokens, 5); /* they cost the same */
  }
  ck_assert_int_eq(probe_result_of("{\"data\":[]}").cause, CAUSE_EMPTY_ANSWER);
  ck_assert_int_eq(probe_result_of("{\"data\":[1]}").cause, CAUSE_EMPTY_ANSWER);
  ck_assert_int_eq(probe_result_of("{\"data\":[{}]}").cause,
                   CAUSE_EMPTY_ANSWER);
}
END_TEST

START_TEST(test_usage) {
  static const struct {
    const char *usage;
    unsigned tokens;
  } cases[] = {{"{\"prompt_tokens\":5,\"total_tokens\":9}", 5},
               {"{\"input_tokens\":6,\"total_tokens\":9}", 6},
               {"{\"total_tokens\":7}", 7},
               {"{\"prompt_tokens\":0,\"total_tokens\":0}", 0},
               {"{\"prompt_tokens\":-1}", 0},
               {"{\"prompt_tokens\":\"5\"}", 0},
               {"null", 0}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char body[128];
    snprintf(body, sizeof body, "{\"data\":[{\"embedding\":[1]}],\"usage\":%s}",
             cases[i].usage);
    struct probe_result result = probe_result_of(body);
    ck_assert_int_eq(result.cause, CAUSE_OK);
    ck_assert_msg(result.has_usage == (cases[i].tokens > 0), "%s", body);
    ck_assert_uint_eq(result.prompt_tokens, cases[i].tokens);
  }
}
END_TEST

START_TEST(test_model_mismatch) {
  ck_assert(probe_result_of("{\"data\":[{\"embedding\":[1]}],"
                            "\"model\":\"bge-small\"}")
                .model_mismatch);
}
END_TEST

START_TEST(test_errors) {
  ck_assert_int_eq(
      probe_result_of("{\"error\":{\"message\":\"The model `a` does not "
                      "exist\",\"code\":\"model_not_found\"}}")
          .cause,
      CAUSE_MODEL_NOT_FOUND);
  ck_assert_int_eq(probe_result_of("{\"data\":[{\"embedding\":[0.1").cause,
                   CAUSE_MALFORMED);
}
END_TEST

int main(void) {
  return UNIT_RUN("embeddings", test_request, test_vector,
                  test_no_vector_at_all, test_vectors_without_content,
                  test_usage, test_model_mismatch, test_errors);
}
