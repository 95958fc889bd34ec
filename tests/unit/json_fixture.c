#include "json_fixture.h"

#include <stdio.h>
#include <string.h>

static void add(struct log *log, const char *text, size_t length) {
  UNIT_ASSERT(log->length + length < sizeof log->text);
  memcpy(log->text + log->length, text, length);
  log->length += length;
  log->text[log->length] = '\0';
}

void hit(void *user, int id, const struct json_value *value) {
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

enum json_state read_split(unit_split *split, const char *document,
                           size_t length, const struct json_selector *selectors,
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

enum json_state read_paths(const char *document,
                           const struct json_selector *selectors, size_t count,
                           struct log *log) {
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

void check_hits(const char *document, const char *path, const char *matches) {
  struct log log;
  const struct json_selector want = {path, 1};
  ck_assert_msg(read_paths(document, &want, 1, &log) == JSON_COMPLETE, "%s",
                document);
  ck_assert_str_eq(log.text, matches);
}
