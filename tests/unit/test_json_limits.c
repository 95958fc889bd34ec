/* Limits of the JSON reader: on tokens, depth, and nothing else. */
#include "json_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *document_with(const char *before, const char *unit, size_t count,
                           const char *after) {
  size_t size = strlen(before) + strlen(unit) * count + strlen(after) + 1;
  char *document = malloc(size);
  ck_assert_ptr_nonnull(document);
  size_t length = (size_t)snprintf(document, size, "%s", before);
  for (size_t i = 0; i < count; i++)
    length += (size_t)snprintf(document + length, size - length, "%s", unit);
  snprintf(document + length, size - length, "%s", after);
  return document;
}

static enum json_state state_of_split(unit_split *split, const char *before,
                                      const char *unit, size_t count,
                                      const char *after) {
  struct log log;
  char *document = document_with(before, unit, count, after);
  enum json_state state =
      read_split(split, document, strlen(document), NULL, 0, &log);
  free(document);
  return state;
}

static unit_split *const all_splits[] = {unit_whole, unit_bytes,
                                         unit_random_chunks};

/* Tokens of each kind, of the maximum length and one byte longer. Quotes
 * count. */
START_TEST(test_long_tokens) {
  static const struct {
    const char *before, *unit, *after;
    size_t max;
  } tokens[] = {{"[\"", "a", "\"]", JSON_TOKEN_MAX - 3},
                {"[\"", "\\n", "\"]", (JSON_TOKEN_MAX - 3) / 2},
                {"[\"", "\\u8fc7", "\"]", (JSON_TOKEN_MAX - 3) / 6},
                {"[\"", "期", "\"]", (JSON_TOKEN_MAX - 3) / 3},
                {"{\"", "a", "\":1}", JSON_TOKEN_MAX - 3},
                {"[", "9", "]", JSON_TOKEN_MAX - 1},
                {"[0.", "1", ",2]", JSON_TOKEN_MAX - 3}};
  for (size_t i = 0; i < COUNT_OF(tokens); i++)
    for (size_t s = 0; s < COUNT_OF(all_splits); s++) {
      ck_assert_int_eq(state_of_split(all_splits[s], tokens[i].before,
                                      tokens[i].unit, tokens[i].max,
                                      tokens[i].after),
                       JSON_COMPLETE);
      ck_assert_int_eq(state_of_split(all_splits[s], tokens[i].before,
                                      tokens[i].unit, tokens[i].max + 1,
                                      tokens[i].after),
                       JSON_TOO_LARGE);
    }
}
END_TEST

static const struct json_selector beside_skipped[] = {
    {"a/skip", JSON_SKIPPED}, {"a/next", 1}, {"a/#", 2}};

/* Whether this is read as if the text, `count` times the unit after `offset`
 * bytes, were short. */
static void check_skipped(unit_split *split, const char *unit, size_t count,
                          int offset) {
  char before[64];
  struct log log;
  snprintf(before, sizeof before, "{\"a\":{\"skip\":\"%.*s", offset,
           "0123456789abcdef");
  char *document = document_with(before, unit, count, "\",\"next\":7}}");
  enum json_state state =
      read_split(split, document, strlen(document), beside_skipped,
                 COUNT_OF(beside_skipped), &log);
  free(document);
  ck_assert_msg(state == JSON_COMPLETE, "%zu x %s: %d", count, unit, state);
  ck_assert_str_eq(log.text, "1:number=7 ");
}

/* It is never cut within a character or an escape. */
START_TEST(test_skipped_texts_have_any_length) {
  static const char *const units[] = {
      "a", "\\n", "\\\"", "\\\\", "\\u8fc7", "期", "😀", "\\ud83d\\ude00"};
  for (size_t i = 0; i < COUNT_OF(units); i++)
    for (int offset = 0; offset < 16; offset++) {
      size_t about = JSON_TOKEN_MAX / strlen(units[i]);
      for (size_t s = 0; s < COUNT_OF(all_splits); s++)
        check_skipped(all_splits[s], units[i], about * 3, offset);
      for (size_t count = about - 20; count < about + 3; count++)
        check_skipped(unit_whole, units[i], count, offset);
    }
}
END_TEST

START_TEST(test_only_skipped_texts_have_any_length) {
  static const struct {
    const char *before, *after;
    enum json_state state;
  } documents[] = {{"{\"skip\":\"", "\"}", JSON_TOO_LARGE},
                   {"{\"a\":\"", "\"}", JSON_TOO_LARGE},
                   {"{\"a\":{\"skip\":1,\"next\":\"", "\"}}", JSON_TOO_LARGE},
                   {"{\"a\":{\"skip\":[\"", "\"]}}", JSON_TOO_LARGE},
                   {"{\"a\":{\"", "\":1}}", JSON_TOO_LARGE},
                   {"{\"a\":{\"skip\":\"\"},\"b\":[\"", "\"]}", JSON_TOO_LARGE},
                   {"{\"a\":{\"skip\":0", "}}", JSON_TOO_LARGE},
                   {"{\"a\":{\"skip\":\"", "", JSON_INVALID},
                   {"{\"a\":{\"skip\":\"", "\"}", JSON_INVALID},
                   {"{\"a\":{\"skip\":\"\\x", "\"}}", JSON_INVALID}};
  for (size_t i = 0; i < COUNT_OF(documents); i++)
    for (size_t s = 0; s < COUNT_OF(all_splits); s++) {
      struct log log;
      char *document = document_with(documents[i].before, "1",
                                     JSON_TOKEN_MAX * 2, documents[i].after);
      enum json_state state =
          read_split(all_splits[s], document, strlen(document), beside_skipped,
                     COUNT_OF(beside_skipped), &log);
      free(document);
      ck_assert_msg(state == documents[i].state, "%zu: %d", i, state);
    }
}
END_TEST

START_TEST(test_skipped_values_are_not_reported) {
  struct log log;
  static const char document[] = "{\"a\":{\"skip\":\"x\",\"next\":1}}";
  ck_assert_int_eq(read_split(unit_whole, document, strlen(document),
                              beside_skipped, COUNT_OF(beside_skipped), &log),
                   JSON_COMPLETE);
  ck_assert_str_eq(log.text, "1:number=1 ");
}
END_TEST

/* Many small tokens, and any amount of white space, are not a long token. */
START_TEST(test_long_documents) {
  for (size_t s = 0; s < COUNT_OF(all_splits); s++) {
    ck_assert_int_eq(
        state_of_split(all_splits[s], "[", "{\"a\":1},", 20000, "0]"),
        JSON_COMPLETE);
    ck_assert_int_eq(state_of_split(all_splits[s], "[", " \n", 20000, "0]"),
                     JSON_COMPLETE);
    ck_assert_int_eq(
        state_of_split(all_splits[s], "[", "\"\\\"\\\\\",", 20000, "0]"),
        JSON_COMPLETE);
  }
}
END_TEST

START_TEST(test_depth) {
  for (size_t s = 0; s < COUNT_OF(all_splits); s++)
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
      char closing[JSON_DEPTH_MAX + 2] = "";
      memset(closing, ']', depth);
      ck_assert_int_eq(state_of_split(all_splits[s], "", "[", depth, closing),
                       depth == JSON_DEPTH_MAX ? JSON_COMPLETE : JSON_INVALID);
    }
  ck_assert_int_eq(state_of_split(unit_whole, "", "{\"a\":", 1000, ""),
                   JSON_INVALID);
  ck_assert_int_eq(state_of_split(unit_whole, "[", "[],{},", 1000, "\"[[\"]"),
                   JSON_COMPLETE);
  /* Brackets within strings do not count. */
  for (size_t s = 0; s < COUNT_OF(all_splits); s++) {
    ck_assert_int_eq(state_of_split(all_splits[s], "[\"\\\"", "[{", 100, "\"]"),
                     JSON_COMPLETE);
    ck_assert_int_eq(state_of_split(all_splits[s], "[\"\\\\\",", "[", 100, "]"),
                     JSON_INVALID);
  }
}
END_TEST

START_TEST(test_paths_at_the_maximum_depth) {
  char path[3 * JSON_DEPTH_MAX] = "0";
  for (unsigned i = 1; i < JSON_DEPTH_MAX; i++)
    strcat(path, "/0");
  char closing[JSON_DEPTH_MAX + 1] = "";
  memset(closing, ']', JSON_DEPTH_MAX);
  char *document = document_with("", "[", JSON_DEPTH_MAX, "7");
  char whole[3 * JSON_DEPTH_MAX];
  snprintf(whole, sizeof whole, "%s%s", document, closing);
  check_hits(whole, path, "1:number=7 ");
  free(document);
}
END_TEST

/* Values before an exceeded limit are reported however the input is split. */
START_TEST(test_results_do_not_depend_on_chunks) {
  static const struct json_selector want = {"a", 1};
  struct log log;
  char *deep = document_with("{\"a\":1,\"b\":", "[", JSON_DEPTH_MAX, "");
  char *large = document_with("{\"a\":1,\"b\":\"", "b", JSON_TOKEN_MAX, "");
  for (size_t s = 0; s < COUNT_OF(all_splits); s++) {
    ck_assert_int_eq(
        read_split(all_splits[s], deep, strlen(deep), &want, 1, &log),
        JSON_INVALID);
    ck_assert_str_eq(log.text, "1:number=1 ");
    ck_assert_int_eq(
        read_split(all_splits[s], large, strlen(large), &want, 1, &log),
        JSON_TOO_LARGE);
    ck_assert_str_eq(log.text, "1:number=1 ");
  }
  free(deep);
  free(large);
}
END_TEST

int main(void) {
  return UNIT_RUN(
      "json_limits", test_long_tokens, test_skipped_texts_have_any_length,
      test_only_skipped_texts_have_any_length,
      test_skipped_values_are_not_reported, test_long_documents, test_depth,
      test_paths_at_the_maximum_depth, test_results_do_not_depend_on_chunks);
}
