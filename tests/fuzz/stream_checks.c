#include "stream_checks.h"

#include "answer_checks.h"
#include "fuzz.h"
#include "probe/body.h"
#include "probe/probe_kind.h"
#include "probe/sse.h"

#include <string.h>

#include <yajl/yajl_tree.h>

/* --- events -------------------------------------------------------------- */

enum { EVENT_MAX = ANSWER_CHECKS_BODY_MAX };

/* The concatenated data of all events, and the end of each. */
struct events {
  char data[EVENT_MAX];
  size_t length, count;
  size_t ends[EVENT_MAX];
  bool errors[EVENT_MAX];
  bool closed[EVENT_MAX]; /* ended by an empty line */
};

static void on_data(void *user, const char *data, size_t length) {
  struct events *events = user;
  FUZZ_CHECK(length > 0 && length <= EVENT_MAX - events->length);
  memcpy(events->data + events->length, data, length);
  events->length += length;
}

static void on_comment(void *user, const char *text, size_t length) {
  (void)user;
  FUZZ_CHECK(length <= SSE_COMMENT_MAX && (length == 0 || text != NULL));
}

static void on_end(void *user, bool named_error) {
  struct events *events = user;
  FUZZ_CHECK(events->count < EVENT_MAX);
  events->errors[events->count] = named_error;
  events->ends[events->count++] = events->length;
}

static void check_same(const struct events *a, const struct events *b) {
  FUZZ_CHECK(a->length == b->length && a->count == b->count);
  FUZZ_CHECK(memcmp(a->data, b->data, a->length) == 0);
  FUZZ_CHECK(memcmp(a->ends, b->ends, a->count * sizeof *a->ends) == 0);
  FUZZ_CHECK(memcmp(a->errors, b->errors, a->count * sizeof *a->errors) == 0);
}

static void read_pieces(struct events *events, const uint8_t *data, size_t size,
                        size_t limit) {
  static const struct sse_sink sink = {on_data, on_end, on_comment};
  struct fuzz_random random;
  struct sse sse;
  events->length = events->count = 0;
  fuzz_random_begin(&random, data, size);
  sse_open(&sse, &sink, events);
  for (size_t at = 0, length; at < size; at += length) {
    length = 1 + fuzz_random_below(&random, limit);
    length = length < size - at ? length : size - at;
    sse_feed(&sse, (const char *)data + at, length);
  }
  sse_close(&sse);
}

/* --- reference parser ---------------------------------------------------- */

struct reference {
  struct events *events;
  size_t data_start; /* start of the event's data */
  bool has_data, error;
};

static bool is(const char *text, size_t length, const char *word) {
  return length == strlen(word) && memcmp(text, word, length) == 0;
}

static void take_field(struct reference *reference, const char *line,
                       size_t length) {
  const char *colon = memchr(line, ':', length);
  size_t name = colon != NULL ? (size_t)(colon - line) : length;
  size_t value = colon != NULL ? name + 1 : name;
  if (value < length && line[value] == ' ' && colon != NULL)
    value++;
  if (is(line, name, "event"))
    reference->error = is(line + value, length - value, "error");
  if (is(line, name, "error"))
    reference->error = true;
  if (!is(line, name, "data") && !is(line, name, "error"))
    return;
  if (reference->has_data)
    on_data(reference->events, "\n", 1);
  reference->has_data = true;
  if (value < length)
    on_data(reference->events, line + value, length - value);
}

static void end_event(struct reference *reference, bool closed) {
  if (reference->has_data) {
    reference->events->closed[reference->events->count] = closed;
    on_end(reference->events, reference->error);
  }
  reference->has_data = reference->error = false;
}

static size_t line_length(const char *text, const char *end) {
  size_t n = 0;
  while (text + n < end && text[n] != '\r' && text[n] != '\n')
    n++;
  return n;
}

static void read_whole(struct events *events, const char *text, size_t size) {
  struct reference reference = {.events = events};
  const char *end = text + size;
  events->length = events->count = 0;
  if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    text += 3;
  while (text < end) {
    size_t length = line_length(text, end);
    if (length == 0)
      end_event(&reference, true);
    else
      take_field(&reference, text, length);
    text += length;
    text += text + 1 < end && text[0] == '\r' && text[1] == '\n' ? 2 : 1;
  }
  end_event(&reference, false);
}

/* A truncated byte order mark is treated as if there were none. */
static bool has_partial_bom(const uint8_t *data, size_t size) {
  return size > 0 && data[0] == 0xEF &&
         (size < 3 || memcmp(data, "\xEF\xBB\xBF", 3) != 0);
}

static const struct events *check_events(const uint8_t *data, size_t size) {
  static struct events reference, pieces;
  static const size_t limits[] = {1, 3, 40, ANSWER_CHECKS_BODY_MAX};
  read_whole(&reference, (const char *)data, size);
  if (has_partial_bom(data, size))
    read_pieces(&reference, data, size, ANSWER_CHECKS_BODY_MAX);
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    read_pieces(&pieces, data, size, limits[i]);
    check_same(&reference, &pieces);
  }
  return &reference;
}

/* --- the result ---------------------------------------------------------- */

/* The types of an API's last event, by the row of its kind; chat's is [DONE].
 */
static const char *const last_types[][3] = {
    [KIND_MESSAGES] = {"message_stop"},
    [KIND_RESPONSES] = {"response.completed", "response.incomplete",
                        "response.failed"}};

static bool is_last_type(unsigned kind, yajl_val type) {
  bool last = false;
  for (size_t i = 0; YAJL_IS_STRING(type) && i < 3; i++)
    last |= last_types[kind][i] != NULL &&
            strcmp(type->u.string, last_types[kind][i]) == 0;
  return last;
}

static bool is_last(unsigned kind, const char *data, size_t length) {
  bool last =
      length >= BODY_DONE_MAX && memcmp(data, "[DONE]", BODY_DONE_MAX) == 0;
  char *text = strndup(data, length);
  FUZZ_CHECK(text != NULL);
  yajl_val tree = yajl_tree_parse(text, NULL, 0);
  for (size_t i = 0; YAJL_IS_OBJECT(tree) && i < tree->u.object.len; i++)
    if (strcmp(tree->u.object.keys[i], "type") == 0)
      last |= is_last_type(kind, tree->u.object.values[i]);
  yajl_tree_free(tree);
  free(text);
  return last;
}

/* Whether each event before the last is a JSON document, except for one that is
 * cut off. */
static bool are_json_documents(unsigned kind, const struct events *events) {
  for (size_t i = 0, begin = 0; i < events->count; begin = events->ends[i++]) {
    const char *data = events->data + begin;
    size_t length = events->ends[i] - begin;
    if (is_last(kind, data, length))
      return true;
    if (!answer_checks_is_json((const uint8_t *)data, length))
      return !events->closed[i];
  }
  return true;
}

/* Leading white space is skipped by the body parser, so a field would start
 * there. */
static bool starts_with_field(const uint8_t *data, size_t size) {
  return size > 0 && strchr(" \t\r\n", data[0]) == NULL;
}

void stream_checks(unsigned kind, const uint8_t *data, size_t size) {
  static const enum cause transport_errors[] = {CAUSE_OK, CAUSE_CONNECTION,
                                                CAUSE_TIMEOUT, CAUSE_INTERNAL};
  if (size > ANSWER_CHECKS_BODY_MAX)
    return;
  const struct events *events = check_events(data, size);
  for (size_t i = 0; i < sizeof transport_errors / sizeof *transport_errors;
       i++) {
    struct probe_result result;
    answer_checks_kind(kind, data, size, transport_errors[i], &result);
    if (starts_with_field(data, size) && !has_partial_bom(data, size) &&
        result.cause == CAUSE_OK)
      FUZZ_CHECK(are_json_documents(kind, events));
  }
}
