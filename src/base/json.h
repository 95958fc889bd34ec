/* Reads JSON as it arrives, in bounded memory, and reports the values at the
 * places it was asked for.
 *
 * yajl dies of a failed allocation, so it gets none that can fail: its memory
 * lies in the reader, and what could make it ask for more (a long token, deep
 * nesting) is seen before yajl sees it. */
#ifndef HOLYSHEEP_JSON_H
#define HOLYSHEEP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_common.h>
#include <yajl/yajl_parse.h>

enum {
  JSON_TOKEN_MAX = 16 * 1024, /* bytes; a token of this length is too long */
  JSON_PIECE = 1024,          /* of a token that is not whole yet */
  JSON_DEPTH_MAX = 64,
  JSON_SELECTORS_MAX = 64, /* a bit each */
  JSON_SMALL_BLOCKS = 10,
  JSON_SMALL_SIZE = 256,
};

enum json_type {
  JSON_NULL,
  JSON_BOOLEAN,
  JSON_NUMBER,
  JSON_STRING,
  JSON_OBJECT, /* reported when it begins */
  JSON_ARRAY,  /* reported when it begins */
};

/* A value that was met. `text` is the string's content (UTF-8, unescaped), or
 * the number or boolean as it was written; not terminated, gone after the
 * call. */
struct json_value {
  enum json_type type;
  const char *text;
  size_t length;
};

/* A place: names and indices separated by `/`, with `#` for any index and `*`
 * for any index or name, such as `data/0/balance` or `data/#/id`. Names
 * separated by `|` may stand in place of one: `error|errors/code`. The path has
 * to outlive the reader. */
struct json_selector {
  const char *path;
  int id;
};

typedef void json_match(void *user, int id, const struct json_value *value);

enum json_state {
  JSON_READING,
  JSON_COMPLETE,
  JSON_INVALID,   /* not JSON, or nested too deeply */
  JSON_TOO_LARGE, /* a token beyond JSON_TOKEN_MAX */
};

/* What yajl asks for: a few small blocks, and the two buffers in which it
 * gathers a token that arrives in pieces or has escapes. */
struct json_memory {
  union {
    max_align_t align;
    char bytes[JSON_SMALL_SIZE];
  } small[JSON_SMALL_BLOCKS];
  char token[2][JSON_TOKEN_MAX];
  bool small_used[JSON_SMALL_BLOCKS];
  bool token_used[2];
};

/* All of yajl's allocations out of `memory`, which begins as zeros. */
yajl_alloc_funcs json_memory_functions(struct json_memory *memory);

struct json_reader {
  yajl_handle parser;
  enum json_state state;
  const struct json_selector *selectors[JSON_SELECTORS_MAX];
  size_t selector_count;
  /* By level: a bit for each place whose segments match down to there. */
  uint64_t matched[JSON_DEPTH_MAX + 1];
  json_match *hit;
  void *user;
  unsigned depth;                /* as yajl reports it */
  bool in_array[JSON_DEPTH_MAX]; /* by level */
  unsigned long index[JSON_DEPTH_MAX];
  struct {
    unsigned depth;
    size_t token;
    bool in_string, escaped;
  } scan;
  /* With each piece of a token yajl begins anew with it: short ones wait here
   * for more. */
  size_t held;
  char piece[JSON_PIECE];
  struct json_memory memory;
};

/* Begins with nothing wanted; `hit` is called with `user`. */
void json_open(struct json_reader *reader, json_match *hit, void *user);

/* Adds a place to be reported; before the first byte. */
void json_select(struct json_reader *reader,
                 const struct json_selector *selector);

/* Takes the next piece. Once the state is an error it stays, and nothing more
 * is read. What is wrong with a token may be seen only when it ends. */
enum json_state json_feed(struct json_reader *reader, const char *data,
                          size_t length);

/* Ends the document and gives the parser back: JSON_COMPLETE or an error. */
enum json_state json_close(struct json_reader *reader);

/* A number as JSON writes it, whole and finite; also from a string's text. */
bool json_number(const char *text, size_t length, double *number);

#endif
