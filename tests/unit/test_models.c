#include "probe/probe_kind.h"
#include "probe/prober.h"

#include "engine/sliding_window.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct unit_relay unit;

static enum cause cause_of(const char *body) {
  unit_relay_init(&unit);
  struct probe_result result =
      unit_probe_result(&unit.probes[UNIT_MODELS], 200, body);
  ck_assert(!result.has_usage && !result.has_balance);
  ck_assert_int_eq(result.has_models, result.cause == CAUSE_OK);
  return result.cause;
}

START_TEST(test_model_lists) {
  static const char *const lists[] = {
      "{\"data\":[]}",
      "{\"object\":\"list\",\"data\":[{\"id\":\"a\",\"object\":\"model\"}]}",
      "{\"data\":[{\"id\":\"a\"},{\"owned_by\":{\"id\":5},\"id\":\"b\"}]}",
      "{\"data\":[{\"id\":\"a\",\"permission\":[{\"id\":1}]}],\"x\":[1]}"};
  for (size_t i = 0; i < COUNT_OF(lists); i++)
    ck_assert_msg(cause_of(lists[i]) == CAUSE_OK, "%s", lists[i]);
}
END_TEST

/* A site that answers every request with 200 is not a healthy relay. */
START_TEST(test_invalid_lists) {
  static const char *const others[] = {
      "{}",
      "[]",
      "{\"data\":null}",
      "{\"data\":{}}",
      "{\"data\":\"a\"}",
      "{\"data\":{\"a\":{\"id\":\"a\"}}}",
      "{\"data\":[\"a\"]}",
      "{\"data\":[{\"id\":\"a\"},1]}",
      "{\"data\":[[{\"id\":\"a\"}]]}",
      "{\"data\":[{\"id\":1}]}",
      "{\"data\":[{\"id\":null}]}",
      "{\"data\":[{\"name\":\"a\"}]}",
      "{\"data\":[{}]}",
      "{\"data\":[{\"id\":\"a\"},{\"name\":\"b\"},{\"id\":\"c\"}]}",
      "{\"data\":null,\"models\":null}",
      "{\"data\":{\"models\":[{\"id\":\"a\"}]}}",
      "{\"models\":{\"a\":{\"id\":\"a\"}}}",
      "{\"models\":[\"a\"]}",
      "{\"models\":[{}]}",
      "{\"models\":[{\"name\":\"a\"},{\"size\":1}]}",
      "{\"models\":[{\"name\":1}]}",
      "{\"models\":[{\"name\":\"a\",\"id\":1}]}",
      "{\"list\":[{\"id\":\"a\"}]}",
      "{\"0\":{\"id\":\"a\"}}",
      "[\"a\"]",
      "[{\"id\":1}]",
      "[{\"name\":\"a\"}]",
      "[{\"id\":\"a\"},{}]",
      "[[{\"id\":\"a\"}]]",
      "[{\"data\":[{\"id\":\"a\"}]}]",
      "{\"success\":true,\"message\":\"\",\"data\":{\"id\":1}}"};
  for (size_t i = 0; i < COUNT_OF(others); i++)
    ck_assert_msg(cause_of(others[i]) == CAUSE_MALFORMED, "%s", others[i]);
}
END_TEST

/* --- other formats -------------------------------------------------------- */

/* Providers whose format differs from OpenAI's, and servers that send two
 * lists. */
START_TEST(test_other_list_formats) {
  static const struct {
    const char *body;
    uint64_t models;
  } cases[] = {
      {"{\"models\":[]}", 0},
      {"{\"models\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", 2},
      /* Ollama */
      {"{\"models\":[{\"name\":\"llama3:8b\",\"model\":\"llama3:8b\","
       "\"details\":{\"family\":\"llama\"}},{\"name\":\"qwen\"}]}",
       2},
      /* Gemini's own API */
      {"{\"models\":[{\"name\":\"models/gemini-pro\",\"displayName\":"
       "\"Gemini\"}],\"nextPageToken\":\"x\"}",
       1},
      /* Together, and GitHub's list */
      {"[{\"id\":\"m/a\",\"object\":\"model\",\"pricing\":{\"id\":5}},"
       "{\"name\":\"B\",\"id\":\"m/b\",\"tags\":[{\"id\":1}]}]",
       2},
      /* llama.cpp's server */
      {"{\"models\":[{\"name\":\"q\"},{\"name\":\"r\"}],\"object\":"
       "\"list\",\"data\":[{\"id\":\"q\"}]}",
       1},
      {"{\"data\":[{\"id\":\"q\"}],\"models\":[\"q\"]}", 1},
      {"{\"data\":null,\"models\":[{\"id\":\"q\"}]}", 1},
      /* gateways with an error member in every response */
      {"{\"success\":true,\"errors\":[],\"error\":null,\"messages\":[],"
       "\"data\":[{\"id\":\"q\"}]}",
       1}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    unit_relay_init(&unit);
    struct probe_result result =
        unit_probe_result(&unit.probes[UNIT_MODELS], 200, cases[i].body);
    ck_assert_msg(result.cause == CAUSE_OK, "%s", cases[i].body);
    ck_assert_uint_eq(result.models, cases[i].models);
  }
}
END_TEST

/* --- listed models -------------------------------------------------------- */

static struct probe_result required_of(const char *body) {
  static struct required required[] = {
      {.id = "gpt-4o"}, {.id = "gpt-4o-mini"}, {.id = "o/1"}};
  unit_relay_init(&unit);
  unit.probes[UNIT_MODELS].required = required;
  unit.probes[UNIT_MODELS].required_count = COUNT_OF(required);
  return unit_probe_result(&unit.probes[UNIT_MODELS], 200, body);
}

/* A missing model does not fail the probe. */
START_TEST(test_required_models) {
  static const struct {
    const char *body;
    uint64_t models, required;
  } cases[] = {
      {"{\"data\":[]}", 0, 0},
      {"{\"data\":[{\"id\":\"gpt-4o-mini\"}]}", 1, 2},
      {"{\"data\":[{\"id\":\"o/1\"},{\"id\":\"gpt-4o\"},{\"id\":\"x\"}]}", 3,
       5},
      {"{\"data\":[{\"id\":\"gpt-4o\"},{\"id\":\"gpt-4o\"}]}", 2, 1},
      {"{\"data\":[{\"id\":\"gpt-4\"},{\"id\":\"gpt-4o-\"},{\"id\":\"GPT-4o\"},"
       "{\"id\":\"\"},{\"id\":\"gpt-4o\\u0000\"}]}",
       5, 0},
      {"{\"data\":[{\"id\":\"a\",\"parent\":{\"id\":\"gpt-4o\"}}]}", 1, 0},
      {"[{\"id\":\"o/1\"},{\"id\":\"x\",\"name\":\"gpt-4o\"}]", 2, 4},
      {"{\"models\":[{\"name\":\"models/gpt-4o\"},{\"model\":\"o/1\"},"
       "{\"name\":\"tunedModels/gpt-4o-mini\"}]}",
       3, 5},
      {"{\"models\":[{\"id\":\"models/\"}]}", 1, 0}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct probe_result result = required_of(cases[i].body);
    ck_assert_int_eq(result.cause, CAUSE_OK);
    ck_assert(result.has_models);
    ck_assert_uint_eq(result.models, cases[i].models);
    ck_assert_msg(result.required == cases[i].required, "%s", cases[i].body);
  }
}
END_TEST

START_TEST(test_maximum_number_of_required_models) {
  static struct required required[REQUIRED_MAX];
  unit_relay_init(&unit);
  for (size_t i = 0; i < REQUIRED_MAX; i++)
    required[i].id = "m";
  unit.probes[UNIT_MODELS].required = required;
  unit.probes[UNIT_MODELS].required_count = REQUIRED_MAX;
  ck_assert_uint_eq(unit_probe_result(&unit.probes[UNIT_MODELS], 200,
                                      "{\"data\":[{\"id\":\"m\"}]}")
                        .required,
                    UINT64_MAX);
}
END_TEST

START_TEST(test_long_list) {
  static char body[1024 * 1024] = "{\"object\":\"list\",\"data\":[";
  size_t length = strlen(body);
  for (unsigned i = 0; i < 10000; i++)
    length += (size_t)snprintf(body + length, sizeof body - length,
                               "%s{\"id\":\"vendor/model-%05u\",\"object\":"
                               "\"model\",\"owned_by\":\"vendor\"}",
                               i > 0 ? "," : "", i);
  snprintf(body + length, sizeof body - length, ",{\"id\":\"o/1\"}]}");
  struct probe_result result = required_of(body);
  ck_assert_int_eq(result.cause, CAUSE_OK);
  ck_assert_uint_eq(result.models, 10001);
  ck_assert_uint_eq(result.required, 4);
}
END_TEST

static void note_id(void *listener, const char *id, size_t length) {
  char *reported = listener;
  strncat(reported, id, length);
  strcat(reported, ";");
}

/* Each listed model in order, and nothing that only looks similar. */
START_TEST(test_each_required_model_is_reported) {
  char reported[64] = "";
  unit_relay_init(&unit);
  unit.probes[UNIT_MODELS].listed = note_id;
  unit.probes[UNIT_MODELS].listener = reported;
  unit_probe_result(&unit.probes[UNIT_MODELS], 200,
                    "{\"id\":\"x\",\"data\":[{\"id\":\"b\",\"parent\":{\"id\":"
                    "\"y\"}},{\"id\":7},{\"id\":\"a\\\"1\"}]}");
  ck_assert_str_eq(reported, "b;a\"1;");
  reported[0] = '\0';
  unit_probe_result(&unit.probes[UNIT_MODELS], 200,
                    "{\"models\":[{\"name\":\"models/g\"},{\"model\":\"l:1\","
                    "\"name\":\"l\"}]}");
  ck_assert_str_eq(reported, "g;l:1;");
}
END_TEST

START_TEST(test_request_has_no_body) {
  ck_assert(probe_kinds[KIND_MODELS].prober->add_members == NULL);
}
END_TEST

START_TEST(test_public_names_are_unchanged) {
  ck_assert_str_eq(probe_kinds[KIND_MODELS].endpoint, "models");
  ck_assert_str_eq(probe_kinds[KIND_MODELS].path, "/models");
  ck_assert_int_eq(probe_kinds[KIND_MODELS].timeout, 10 * USEC_PER_SEC);
  ck_assert_int_eq(probe_kinds[KIND_MODELS].min_default_interval,
                   0 * USEC_PER_SEC);
  ck_assert(!probe_kind_has(&probe_kinds[KIND_MODELS], PROBE_USES_TOKENS));
  ck_assert_uint_eq(probe_kinds[KIND_MODELS].rank, RANK_MODELS);
}
END_TEST

int main(void) {
  return UNIT_RUN("models", test_model_lists, test_invalid_lists,
                  test_other_list_formats, test_required_models,
                  test_maximum_number_of_required_models, test_long_list,
                  test_each_required_model_is_reported,
                  test_request_has_no_body, test_public_names_are_unchanged);
}
