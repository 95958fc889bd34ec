/* A response body sent in chunks, each after a delay. */
#ifndef RELAY_TIMED_BODY_H
#define RELAY_TIMED_BODY_H

#include "quirks.h"

#include <stddef.h>

/* Delays in a stream, in milliseconds. */
struct pace {
  unsigned first;  /* before the first token */
  unsigned token;  /* between tokens */
  unsigned middle; /* once, in the middle of the tokens */
  unsigned byte;   /* before each byte */
};

struct timed_chunk {
  size_t end; /* offset in the body */
  unsigned wait_ms;
  bool is_token;
};

struct timed_body {
  struct timed_chunk *all;
  size_t count;
  size_t capacity;
  const struct stream_quirks *quirks; /* NULL: the body is sent as a whole */
  unsigned byte_ms;
};

void timed_body_add(struct timed_body *body, const struct timed_chunk *chunk);

/* Frees the chunks: the body is then sent as a whole. */
void timed_body_clear(struct timed_body *body);

enum body_action_kind { BODY_SEND, BODY_WAIT, BODY_HANG, BODY_ABORT, BODY_END };

/* What to do next. */
struct body_action {
  enum body_action_kind kind;
  size_t from, size; /* for BODY_SEND: offset and size in the body */
  bool ends_token;
  unsigned ms; /* for BODY_WAIT */
};

struct body_cursor {
  const struct timed_body *body;
  size_t chunk;
  size_t offset; /* offset in the body */
  bool waited;
};

struct body_action body_cursor_next(struct body_cursor *cursor, size_t max);

#endif
