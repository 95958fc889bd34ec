#include "json_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum json_state state_of(const char *document) {
  struct log log;
  return read_paths(document, NULL, 0, &log);
}

/* --- selectors ------------------------------------------------------------ */

START_TEST(test_value_types) {
  check_hits("{\"a\":null}", "a", "1:null ");
  check_hits("{\"a\":true}", "a", "1:boolean ");
  check_hits("{\"a\":false}", "a", "1:boolean ");
  check_hits("{\"a\":-1.50e+3}", "a", "1:number=-1.50e+3 ");
  check_hits("{\"a\":\"x\"}", "a", "1:string=x ");
  check_hits("{\"a\":\"\"}", "a", "1:string= ");
  check_hits("{\"a\":{\"b\":1}}", "a", "1:{ ");
  check_hits("{\"a\":[1,2]}", "a", "1:[ ");
}
END_TEST

START_TEST(test_escapes_are_resolved) {
  check_hits("{\"a\":\"\\u8fc7\\u671f \\\"x\\\" \\/ \\\\ \\n\"}", "a",
             "1:string=过期 \"x\" / \\ \n ");
  check_hits("{\"a\":\"\\ud83d\\ude42\"}", "a", "1:string=🙂 ");
  check_hits("{\"\\u0061\":\"过\"}", "a", "1:string=过 ");
}
END_TEST

START_TEST(test_objects_and_arrays) {
  static const char document[] =
      "{ \"x\": {\"a\": 1}, \"a\": {\"b\": 2, \"a\": {\"b\": 3}},\n"
      "  \"l\": [4, {\"a\": 5}, [6, 7], {\"a\": {\"b\": 8}}], \"b\": 9 }";
  check_hits(document, "b", "1:number=9 ");
  check_hits(document, "a/b", "1:number=2 ");
  check_hits(document, "a/a/b", "1:number=3 ");
  check_hits(document, "x/a", "1:number=1 ");
  check_hits(document, "l/0", "1:number=4 ");
  check_hits(document, "l/1/a", "1:number=5 ");
  check_hits(document, "l/2/1", "1:number=7 ");
  check_hits(document, "l/3/a/b", "1:number=8 ");
  check_hits(document, "l/4", "");
  check_hits(document, "l/00", "");
  check_hits(document, "a", "1:{ ");
  check_hits(document, "a/b/c", "");
  check_hits(document, "c", "");
}
END_TEST

START_TEST(test_indices_restart_in_each_array) {
  check_hits("[[1,2],[3,4]]", "1/0", "1:number=3 ");
  check_hits("[{\"a\":[1]},{\"a\":[2,3]}]", "1/a/1", "1:number=3 ");
}
END_TEST

START_TEST(test_wildcards) {
  check_hits("{\"l\":[{\"a\":1},{\"b\":2},{\"a\":3}]}", "l/*/a",
             "1:number=1 1:number=3 ");
  check_hits("{\"l\":[1,[2],{\"a\":3},\"x\"]}", "l/*",
             "1:number=1 1:[ 1:{ 1:string=x ");
  check_hits("{\"m\":{\"a\":1,\"b\":{\"c\":2}}}", "m/*", "1:number=1 1:{ ");
  check_hits("{\"a\":{\"c\":1},\"b\":{\"c\":2},\"c\":3}", "*/c",
             "1:number=1 1:number=2 ");
  check_hits("[[1,2],[3]]", "*/*", "1:number=1 1:number=2 1:number=3 ");
}
END_TEST

/* The members of an object are not a list. */
START_TEST(test_index_wildcard) {
  check_hits("[{\"a\":1},{\"a\":2}]", "#/a", "1:number=1 1:number=2 ");
  check_hits("{\"b\":{\"a\":1},\"0\":{\"a\":2}}", "#/a", "");
  check_hits("{\"l\":[1,[2],{\"a\":3}]}", "l/#", "1:number=1 1:[ 1:{ ");
  check_hits("{\"l\":[[1,2],{\"a\":3}]}", "l/#/#", "1:number=1 1:number=2 ");
  check_hits("{\"l\":{\"a\":1}}", "l/#", "");
  check_hits("{\"l\":{\"#\":1}}", "l/#", "1:number=1 "); /* by name */
}
END_TEST

START_TEST(test_alternatives) {
  static const char document[] =
      "{\"errors\":{\"a\":1},\"x\":{\"b\":2},\"error\":{\"c\":3},\"\":4}";
  check_hits(document, "error|errors|x/a", "1:number=1 ");
  check_hits(document, "error|errors|x/c", "1:number=3 ");
  check_hits(document, "error|errors|x/a|b", "1:number=1 1:number=2 ");
  check_hits(document, "x|*/c", "1:number=3 ");
  check_hits(document, "y|", "1:number=4 ");
  check_hits(document, "err|rors/a", "");
}
END_TEST

START_TEST(test_invalid_paths) {
  check_hits("{\"a\":{\"\":1},\"\":2}", "a/b", "");
  check_hits("{\"a/b\":1}", "a/b", "");
  check_hits("{\"ab\":1,\"A\":2}", "a", "");
  check_hits("{\"a\":1}", "ab", "");
  check_hits("1", "0", "");
  check_hits("1", "", "");
}
END_TEST

START_TEST(test_empty_names) {
  check_hits("{\"\":1}", "", "1:number=1 ");
  check_hits("{\"a\":{\"\":1}}", "a/", "1:number=1 ");
}
END_TEST

START_TEST(test_duplicate_names) {
  check_hits("{\"a\":1,\"a\":2}", "a", "1:number=1 1:number=2 ");
  check_hits("{\"a\":{\"b\":1},\"a\":{\"b\":2}}", "a/b",
             "1:number=1 1:number=2 ");
}
END_TEST

START_TEST(test_selectors_match_in_order) {
  struct json_selector selectors[JSON_SELECTORS_MAX] = {
      {"e", 0},    {"e/t", 1},  {"e/c", 2},     {"e/m", 3},     {"c", 4},
      {"m", 5},    {"d", 6},    {"l/*", 7},     {"l/1", 8},     {"l/*/id", 9},
      {"*", 10},   {"*/c", 11}, {"l/0", 12},    {"l/0/id", 13}, {"m", 14},
      {"e/x", 15}, {"x", 16},   {"l/1/id", 17}, {"*/*/id", 18}, {"u/p", 19}};
  struct log log;
  for (int i = 20; i < JSON_SELECTORS_MAX; i++)
    selectors[i] = (struct json_selector){"none", i};
  selectors[JSON_SELECTORS_MAX - 1].path =
      "l/0"; /* the last of them counts too */
  ck_assert_int_eq(read_paths("{\"e\":{\"t\":\"x\",\"c\":1},"
                              "\"l\":[2,{\"id\":3}],\"m\":4}",
                              selectors, COUNT_OF(selectors), &log),
                   JSON_COMPLETE);
  ck_assert_str_eq(log.text,
                   "0:{ 10:{ 1:string=x 2:number=1 11:number=1 10:[ "
                   "7:number=2 12:number=2 127:number=2 7:{ 8:{ 9:number=3 "
                   "17:number=3 18:number=3 5:number=4 10:number=4 "
                   "14:number=4 ");
}
END_TEST

/* --- invalid JSON --------------------------------------------------------- */

START_TEST(test_complete_documents) {
  static const char *const good[] = {
      "{}",   "[]",           " [ 1 , {} ] \r\n\t", "1",
      "null", "\"x\"",        "[1,[2,[3]]]",        "0.5",
      "-0",   "[\"a\\\"b\"]", "[\"a\\\\\"]"};
  for (size_t i = 0; i < COUNT_OF(good); i++)
    ck_assert_msg(state_of(good[i]) == JSON_COMPLETE, "%s", good[i]);
}
END_TEST

START_TEST(test_invalid_documents) {
  static const char *const bad[] = {"{",
                                    "}",
                                    "[1,]",
                                    "{\"a\":}",
                                    "{\"a\" 1}",
                                    "{a:1}",
                                    "nul",
                                    "nulll",
                                    "01",
                                    "1.",
                                    "+1",
                                    ".5",
                                    "1e",
                                    "NaN",
                                    "Infinity",
                                    "'a'",
                                    "\"a",
                                    "[1 2]",
                                    "{} x",
                                    "{} {}",
                                    "[}",
                                    "{]",
                                    "/* */ {}",
                                    "<html>",
                                    "\"\x01\"",
                                    "\"\\x\"",
                                    "\"\\u12g4\"",
                                    "\"\xFF\"",
                                    "\xEF\xBB\xBF{}",
                                    "{} \"",
                                    "{} \"a",
                                    "[] tru",
                                    "{} 1",
                                    "{},",
                                    "{}]"};
  for (size_t i = 0; i < COUNT_OF(bad); i++)
    ck_assert_msg(state_of(bad[i]) == JSON_INVALID, "%s", bad[i]);
}
END_TEST

START_TEST(test_empty_input) {
  struct json_reader *reader = malloc(sizeof *reader);
  ck_assert_ptr_nonnull(reader);
  json_open(reader, hit, NULL);
  ck_assert_int_eq(json_close(reader), JSON_INVALID);
  free(reader);
}
END_TEST

START_TEST(test_errors_are_sticky) {
  struct log log = {.length = 0};
  static struct json_reader reader;
  static const struct json_selector want = {"*", 1};
  json_open(&reader, hit, &log);
  json_select(&reader, &want);
  ck_assert_int_eq(json_feed(&reader, "[1,]", 4), JSON_INVALID);
  ck_assert_int_eq(json_feed(&reader, "[2]", 3), JSON_INVALID);
  ck_assert_int_eq(json_close(&reader), JSON_INVALID);
  ck_assert_str_eq(log.text, "1:number=1 ");
}
END_TEST

/* --- random input --------------------------------------------------------- */

static size_t random_document(char *document, size_t size) {
  static const char *const chunks[] = {
      "{",  "}",    "[",    "]",      ",",     ":",  "\"a\"", "\"b\"",
      "1",  "-2.5", "null", "true",   "\"",    "\\", " ",     "\\u0041",
      "期", "\xFF", "{}",   "\"a\":", "[1,2]", "0",  "e",     "/"};
  size_t length = 0;
  for (unsigned n = unit_random(24); n > 0; n--) {
    const char *piece = chunks[unit_random(COUNT_OF(chunks))];
    length += (size_t)snprintf(document + length, size - length, "%s", piece);
  }
  return length;
}

START_TEST(test_random_documents) {
  static const struct json_selector selectors[] = {
      {"a", 1}, {"a/*", 2}, {"*", 3}, {"0", 4}, {"1/a", 5}, {"*/*/b", 6}};
  for (unsigned round = 0; round < 5000; round++) {
    char document[256] = "";
    struct log log;
    if (random_document(document, sizeof document) > 0)
      read_paths(document, selectors, COUNT_OF(selectors), &log);
  }
}
END_TEST

int main(void) {
  return UNIT_RUN("json", test_value_types, test_escapes_are_resolved,
                  test_objects_and_arrays, test_indices_restart_in_each_array,
                  test_wildcards, test_index_wildcard, test_alternatives,
                  test_invalid_paths, test_empty_names, test_duplicate_names,
                  test_selectors_match_in_order, test_complete_documents,
                  test_invalid_documents, test_empty_input,
                  test_errors_are_sticky, test_random_documents);
}
