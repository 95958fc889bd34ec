/* A streaming JSON reader: it uses a fixed amount of memory and reports the
 * values that its selectors match.
 *
 * yajl crashes if an allocation fails, so it gets memory in which none can: the
 * reader checks for tokens that are too long and for nesting that is too deep
 * before yajl sees them. */
#ifndef HOLYSHEEP_JSON_H
#define HOLYSHEEP_JSON_H

#include "base/json_memory.h"
#include "base/json_value.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_parse.h>

enum {
  JSON_PENDING_MAX = 1024, /* bytes of an incomplete token that are held back */
  JSON_DEPTH_MAX = 64,
  JSON_SELECTORS_MAX = 128,
  JSON_SELECTOR_WORDS = JSON_SELECTORS_MAX / 64, /* a bit each */
  JSON_BUCKETS = 32,                             /* of names, by first byte */
  JSON_SKIPPED = -1,                             /* the id of some selectors */
};

/* A path of names and indices separated by `/`, such as `data/0/balance` or
 * `data/#/id`. `#` matches any index, `*` any index or name, and `a|b` either
 * name: `error|errors/code`. The selector must outlive the reader. With the id
 * JSON_SKIPPED, it is for a member that is not reported, and whose text may be
 * of any length. */
struct json_selector {
  const char *path;
  int id;
};

typedef void json_match(void *user, int id, const struct json_value *value);

enum json_state {
  JSON_READING,
  JSON_COMPLETE,
  JSON_INVALID,   /* not JSON, or nested too deeply */
  JSON_TOO_LARGE, /* a token of JSON_TOKEN_MAX bytes or more */
};

struct json_reader {
  yajl_handle parser;
  enum json_state state;
  const struct json_selector *selectors[JSON_SELECTORS_MAX];
  size_t selector_count;
  /* The selectors whose first segment may match a name of the bucket. */
  uint64_t candidates[JSON_BUCKETS][JSON_SELECTOR_WORDS];
  uint64_t skipped[JSON_SELECTOR_WORDS]; /* those with JSON_SKIPPED */
  /* By depth: a bit for each selector whose path matches down to there. */
  uint64_t matched[JSON_DEPTH_MAX + 1][JSON_SELECTOR_WORDS];
  json_match *on_match;
  void *user;
  unsigned depth;                /* as yajl reports it */
  bool in_array[JSON_DEPTH_MAX]; /* by depth */
  unsigned long index[JSON_DEPTH_MAX];
  struct {
    unsigned depth;
    size_t token;
    bool in_string, escaped;
    unsigned digits; /* that an escape still needs */
    bool cuttable;   /* the string is long, and can be cut here */
    bool skips;      /* its rest is skipped */
  } scan;
  /* yajl rescans a token from its beginning with every piece of it, so an
   * incomplete token is held back here for as long as it fits. */
  size_t pending_length;
  char pending[JSON_PENDING_MAX];
  struct json_memory memory;
};

/* Begins without selectors; `on_match` is called with `user`. */
void json_open(struct json_reader *reader, json_match *on_match, void *user);

/* Adds a selector, or all in a table. Only before the first byte. */
void json_select(struct json_reader *reader,
                 const struct json_selector *selector);
void json_select_all(struct json_reader *reader,
                     const struct json_selector *selectors, size_t count);

/* Reads the next piece of the document. An error is final: nothing is read
 * after it. An error within a token may only be found at the token's end. */
enum json_state json_feed(struct json_reader *reader, const char *data,
                          size_t length);

/* Ends the document and frees the parser: JSON_COMPLETE or an error. */
enum json_state json_close(struct json_reader *reader);

#endif
