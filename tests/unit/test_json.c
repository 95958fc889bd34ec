#include "base/json.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a log of reported values --------------------------------------------- */

struct log {
  char text[4096];
  size_t length;
};

static void add(struct log *log, const char *text, size_t length) {
  UNIT_ASSERT(log->length + length < sizeof log->text);
  memcpy(log->text + log->length, text, length);
  log->length += length;
  log->text[log->length] = '\0';
}

static void hit(void *user, int id, const struct json_value *value) {
  static const char *const types[] = {
      [JSON_NULL] = "null",     [JSON_BOOLEAN] = "boolean",
      [JSON_NUMBER] = "number", [JSON_STRING] = "string",
      [JSON_OBJECT] = "{",      [JSON_ARRAY] = "["};
  char head[32];
  int length = snprintf(head, sizeof head, "%d:%s", id, types[value->type]);
  add(user, head, (size_t)length);
  if (value->type == JSON_NUMBER || value->type == JSON_STRING) {
    add(user, "=", 1);
    add(user, value->text, value->length);
  }
  add(user, " ", 1);
}

static void feed(void *user, const char *data, size_t length) {
  json_feed(user, data, length);
}

typedef void unit_split(const char *, size_t, unit_feed *, void *);

/* The values reported for some selectors when a document arrives in these
 * chunks. */
static enum json_state read_split(unit_split *split, const char *document,
                                  size_t length,
                                  const struct json_selector *selectors,
                                  size_t count, struct log *log) {
  static struct json_reader reader;
  log->length = 0;
  log->text[0] = '\0';
  json_open(&reader, hit, log);
  for (size_t i = 0; i < count; i++)
    json_select(&reader, &selectors[i]);
  split(document, length, feed, &reader);
  return json_close(&reader);
}

/* Two chunks, split at each position. */
static void check_two_pieces(const char *document,
                             const struct json_selector *selectors,
                             size_t count, enum json_state state,
                             const struct log *wanted) {
  static struct json_reader reader;
  size_t length = strlen(document);
  for (size_t cut = 1; cut < length; cut++) {
    struct log log = {.length = 0};
    json_open(&reader, hit, &log);
    for (size_t i = 0; i < count; i++)
      json_select(&reader, &selectors[i]);
    json_feed(&reader, document, cut);
    json_feed(&reader, document + cut, length - cut);
    UNIT_ASSERT(json_close(&reader) == state);
    UNIT_ASSERT(strcmp(log.text, wanted->text) == 0);
  }
}

/* The reported values do not depend on how the document is split. */
static enum json_state read_paths(const char *document,
                                  const struct json_selector *selectors,
                                  size_t count, struct log *log) {
  struct log other;
  size_t length = strlen(document);
  enum json_state state =
      read_split(unit_whole, document, length, selectors, count, log);
  unit_split *const splits[] = {unit_bytes, unit_random_chunks,
                                unit_random_chunks};
  for (size_t i = 0; i < COUNT_OF(splits); i++) {
    ck_assert_int_eq(
        read_split(splits[i], document, length, selectors, count, &other),
        state);
    ck_assert_str_eq(other.text, log->text);
  }
  check_two_pieces(document, selectors, count, state, log);
  return state;
}

static void check_hits(const char *document, const char *path,
                       const char *matches) {
  struct log log;
  const struct json_selector want = {path, 1};
  ck_assert_msg(read_paths(document, &want, 1, &log) == JSON_COMPLETE, "%s",
                document);
  ck_assert_str_eq(log.text, matches);
}

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

/* --- limits --------------------------------------------------------------- */

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
                  test_invalid_documents, test_empty_input, test_long_tokens,
                  test_long_documents, test_depth,
                  test_paths_at_the_maximum_depth,
                  test_results_do_not_depend_on_chunks, test_errors_are_sticky,
                  test_random_documents);
}
