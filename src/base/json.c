#include "base/json.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A string that may be cut is cut this many bytes before it is too long, or a
 * bit later: no character or escape takes as many. */
enum { CUT_MARGIN = 16 };

/* --- limits, checked before yajl sees the data --------------------------- */

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Outside a string: where tokens end, and how deep the nesting is. */
static enum json_state scan_plain(struct json_reader *reader, char c) {
  switch (c) {
  case '[':
  case '{':
    reader->scan.token = 0;
    return ++reader->scan.depth > JSON_DEPTH_MAX ? JSON_INVALID : JSON_READING;
  case ']':
  case '}':
    if (reader->scan.depth > 0)
      reader->scan.depth--;
    reader->scan.token = 0;
    return JSON_READING;
  case ',':
  case ':':
    reader->scan.token = 0;
    return JSON_READING;
  case '"':
    reader->scan.in_string = true;
    reader->scan.token = 1;
    return JSON_READING;
  default:
    reader->scan.token = is_space(c) ? 0 : reader->scan.token + 1;
    return reader->scan.token < JSON_TOKEN_MAX ? JSON_READING : JSON_TOO_LARGE;
  }
}

static void scan_escape(struct json_reader *reader, char c) {
  if (reader->scan.digits > 0)
    reader->scan.digits--;
  else
    reader->scan.digits = c == 'u' ? 4 : 0;
  reader->scan.escaped = reader->scan.digits > 0;
}

static enum json_state scan_string(struct json_reader *reader, char c) {
  if (++reader->scan.token >= JSON_TOKEN_MAX)
    return JSON_TOO_LARGE;
  if (reader->scan.escaped)
    scan_escape(reader, c);
  else if (c == '\\')
    reader->scan.escaped = true;
  else if (c == '"') {
    reader->scan.in_string = false;
    reader->scan.token = 0;
  }
  return JSON_READING;
}

/* Whether a long string can be cut before `c`, which is asked once at each
 * place. What is left of it is valid. */
static bool is_new_cut(struct json_reader *reader, char c) {
  bool continues_character = ((unsigned char)c & 0xC0) == 0x80;
  reader->scan.cuttable = reader->scan.in_string && !reader->scan.escaped &&
                          !continues_character && !reader->scan.cuttable;
  return reader->scan.cuttable;
}

/* How many bytes of `data` are within the limits. If not all, the state says
 * which limit was exceeded, or a string can be cut there. */
static size_t scan(struct json_reader *reader, const char *data,
                   size_t length) {
  size_t n = 0;
  while (n < length) {
    if (reader->scan.token >= JSON_TOKEN_MAX - CUT_MARGIN &&
        is_new_cut(reader, data[n]))
      break;
    reader->state = reader->scan.in_string ? scan_string(reader, data[n])
                                           : scan_plain(reader, data[n]);
    if (reader->state != JSON_READING)
      break;
    n++;
  }
  return n;
}

/* How many bytes the rest of the string has in `data`, without its quote. */
static size_t skip(struct json_reader *reader, const char *data,
                   size_t length) {
  size_t n = 0;
  for (; n < length && reader->scan.skips; n++) {
    if (reader->scan.escaped)
      reader->scan.escaped = false;
    else if (data[n] == '"')
      break;
    else
      reader->scan.escaped = data[n] == '\\';
  }
  reader->scan.skips = reader->scan.skips && n == length;
  return n;
}

/* --- selectors ----------------------------------------------------------- */

/* Segment number `n` of a path, NULL if it has fewer. */
static const char *path_segment(const char *path, unsigned n) {
  for (; n > 0 && path != NULL; n--) {
    path = strchr(path, '/');
    path = path != NULL ? path + 1 : NULL;
  }
  return path;
}

static bool is_segment(const struct json_reader *reader, const char *segment,
                       size_t size, const char *name, size_t length) {
  if (size == 1 && (*segment == '*' ||
                    (*segment == '#' && reader->in_array[reader->depth - 1])))
    return true;
  return size == length && memcmp(segment, name, length) == 0;
}

/* Any of the segment's alternatives. */
static bool segment_matches(const struct json_reader *reader,
                            const struct json_selector *selector,
                            const char *name, size_t length) {
  const char *segment = path_segment(selector->path, reader->depth - 1);
  for (const char *end = segment; segment != NULL; segment = end) {
    while (*end != '|' && *end != '/' && *end != '\0')
      end++;
    if (is_segment(reader, segment, (size_t)(end - segment), name, length))
      return true;
    if (*end++ != '|')
      return false;
  }
  return false;
}

static unsigned bucket_of(const char *name, size_t length) {
  return length > 0 ? (unsigned char)*name % JSON_BUCKETS : 0;
}

/* The document has reached `name` at the current depth. Only selectors that
 * match down to the parent are tried: most of a document matches none. At the
 * root, where all do, those that begin like the name. */
static void match(struct json_reader *reader, const char *name, size_t length) {
  const uint64_t *above = reader->depth > 1
                              ? reader->matched[reader->depth - 1]
                              : reader->candidates[bucket_of(name, length)];
  for (unsigned word = 0; word < JSON_SELECTOR_WORDS; word++) {
    uint64_t matched = 0, left = above[word];
    for (unsigned i = 0; left != 0; i++, left >>= 1)
      if ((left & 1) != 0 &&
          segment_matches(reader, reader->selectors[64 * word + i], name,
                          length))
        matched |= UINT64_C(1) << i;
    reader->matched[reader->depth][word] = matched;
  }
}

/* In an array, each value advances the index. */
static void match_index(struct json_reader *reader) {
  if (reader->depth == 0 || !reader->in_array[reader->depth - 1])
    return;
  char name[24];
  int length =
      snprintf(name, sizeof name, "%lu", reader->index[reader->depth - 1]++);
  match(reader, name, (size_t)length);
}

static void report_value(struct json_reader *reader, struct json_value value) {
  match_index(reader);
  for (unsigned word = 0; word < JSON_SELECTOR_WORDS; word++) {
    uint64_t left =
        reader->matched[reader->depth][word] & ~reader->skipped[word];
    for (unsigned i = 0; left != 0; i++, left >>= 1) {
      const struct json_selector *selector = reader->selectors[64 * word + i];
      if ((left & 1) != 0 &&
          path_segment(selector->path, reader->depth) == NULL)
        reader->on_match(reader->user, selector->id, &value);
    }
  }
}

/* Whether the member whose name came last is not read. */
static bool is_skipped(const struct json_reader *reader) {
  for (unsigned word = 0; word < JSON_SELECTOR_WORDS; word++) {
    uint64_t left =
        reader->matched[reader->depth][word] & reader->skipped[word];
    for (unsigned i = 0; left != 0; i++, left >>= 1)
      if ((left & 1) != 0 &&
          path_segment(reader->selectors[64 * word + i]->path, reader->depth) ==
              NULL)
        return true;
  }
  return false;
}

/* --- yajl's callbacks ---------------------------------------------------- */

static int on_null(void *user) {
  report_value(user, (struct json_value){.type = JSON_NULL});
  return 1;
}

static int on_boolean(void *user, int value) {
  report_value(user, value ? (struct json_value){JSON_BOOLEAN, "true", 4}
                           : (struct json_value){JSON_BOOLEAN, "false", 5});
  return 1;
}

static int on_number(void *user, const char *text, size_t length) {
  report_value(user, (struct json_value){JSON_NUMBER, text, length});
  return 1;
}

static int on_string(void *user, const unsigned char *text, size_t length) {
  report_value(user,
               (struct json_value){JSON_STRING, (const char *)text, length});
  return 1;
}

static int enter(struct json_reader *reader, enum json_type type) {
  report_value(reader, (struct json_value){.type = type});
  assert(reader->depth < JSON_DEPTH_MAX);
  reader->in_array[reader->depth] = type == JSON_ARRAY;
  reader->index[reader->depth] = 0;
  reader->depth++;
  return 1;
}

static int on_object(void *user) { return enter(user, JSON_OBJECT); }

static int on_array(void *user) { return enter(user, JSON_ARRAY); }

static int on_key(void *user, const unsigned char *name, size_t length) {
  match(user, (const char *)name, length);
  return 1;
}

static int on_end(void *user) {
  struct json_reader *reader = user;
  reader->depth--;
  return 1;
}

/* --- the reader ---------------------------------------------------------- */

void json_open(struct json_reader *reader, json_match *on_match, void *user) {
  static const yajl_callbacks callbacks = {
      .yajl_null = on_null,
      .yajl_boolean = on_boolean,
      .yajl_number = on_number,
      .yajl_string = on_string,
      .yajl_start_map = on_object,
      .yajl_map_key = on_key,
      .yajl_end_map = on_end,
      .yajl_start_array = on_array,
      .yajl_end_array = on_end,
  };
  memset(reader, 0, offsetof(struct json_reader, pending));
  reader->on_match = on_match;
  reader->user = user;
  yajl_alloc_funcs functions = json_memory_init(&reader->memory);
  reader->parser = yajl_alloc(&callbacks, &functions, reader);
}

static void add_candidate(struct json_reader *reader, const char *alternative,
                          size_t length) {
  size_t word = reader->selector_count / 64;
  uint64_t bit = UINT64_C(1) << reader->selector_count % 64;
  if (length == 1 && (*alternative == '*' || *alternative == '#'))
    for (size_t i = 0; i < JSON_BUCKETS; i++)
      reader->candidates[i][word] |= bit;
  reader->candidates[bucket_of(alternative, length)][word] |= bit;
}

void json_select(struct json_reader *reader,
                 const struct json_selector *selector) {
  assert(reader->selector_count < JSON_SELECTORS_MAX);
  const char *at = selector->path;
  for (char end = '|'; end == '|'; at++) {
    size_t length = strcspn(at, "|/");
    add_candidate(reader, at, length);
    at += length;
    end = *at;
  }
  if (selector->id == JSON_SKIPPED)
    reader->skipped[reader->selector_count / 64] |=
        UINT64_C(1) << reader->selector_count % 64;
  reader->selectors[reader->selector_count++] = selector;
}

void json_select_all(struct json_reader *reader,
                     const struct json_selector *selectors, size_t count) {
  for (size_t i = 0; i < count; i++)
    json_select(reader, &selectors[i]);
}

static bool parse(struct json_reader *reader, const char *data, size_t length) {
  bool ok = yajl_parse(reader->parser, (const unsigned char *)data, length) ==
            yajl_status_ok;
  if (!ok)
    reader->state = JSON_INVALID;
  return ok;
}

static bool parse_pending(struct json_reader *reader) {
  size_t length = reader->pending_length;
  reader->pending_length = 0;
  return parse(reader, reader->pending, length);
}

/* Holds back an incomplete token. False: it does not fit. */
static bool hold_back(struct json_reader *reader, const char *data,
                      size_t length) {
  if (reader->scan.token == 0 ||
      length > sizeof reader->pending - reader->pending_length)
    return false;
  memcpy(reader->pending + reader->pending_length, data, length);
  reader->pending_length += length;
  return true;
}

/* yajl has read the string up to here, and in an object the name before it. */
static void cut(struct json_reader *reader) {
  reader->scan.skips = reader->depth > 0 &&
                       !reader->in_array[reader->depth - 1] &&
                       is_skipped(reader);
  if (reader->scan.skips)
    reader->scan.token = 1;
}

enum json_state json_feed(struct json_reader *reader, const char *data,
                          size_t length) {
  while (reader->state == JSON_READING && length > 0) {
    size_t skipped = skip(reader, data, length);
    data += skipped;
    length -= skipped;
    size_t checked = scan(reader, data, length);
    bool held = checked == length && reader->state == JSON_READING &&
                hold_back(reader, data, checked);
    if (!held && parse_pending(reader) && parse(reader, data, checked) &&
        checked < length && reader->state == JSON_READING)
      cut(reader);
    data += checked;
    length -= checked;
  }
  return reader->state;
}

enum json_state json_close(struct json_reader *reader) {
  /* yajl overlooks an unterminated string after the document. */
  if (reader->state == JSON_READING)
    reader->state =
        parse_pending(reader) && !reader->scan.in_string &&
                yajl_complete_parse(reader->parser) == yajl_status_ok
            ? JSON_COMPLETE
            : JSON_INVALID;
  yajl_free(reader->parser);
  reader->parser = NULL;
  return reader->state;
}
