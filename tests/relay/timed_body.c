#include "timed_body.h"

#include "buffer.h"

#include <stdlib.h>

void timed_body_add(struct timed_body *body, const struct timed_chunk *chunk) {
  if (body->count == body->capacity) {
    body->capacity = body->capacity * 2 + 32;
    body->all = xrealloc(body->all, body->capacity * sizeof(*body->all));
  }
  body->all[body->count++] = *chunk;
}

void timed_body_clear(struct timed_body *body) {
  free(body->all);
  *body = (struct timed_body){0};
}

static size_t chunk_begin(const struct timed_body *body, size_t chunk) {
  return chunk == 0 ? 0 : body->all[chunk - 1].end;
}

static struct body_action cursor_end(const struct body_cursor *cursor) {
  switch (cursor->body->quirks->end) {
  case STREAM_ABORTS:
    return (struct body_action){.kind = BODY_ABORT};
  case STREAM_HANGS:
    return (struct body_action){.kind = BODY_HANG};
  default:
    return (struct body_action){.kind = BODY_END};
  }
}

static unsigned cursor_delay(const struct body_cursor *cursor) {
  const struct timed_body *body = cursor->body;
  if (body->byte_ms > 0 || cursor->offset > chunk_begin(body, cursor->chunk))
    return body->byte_ms;
  return body->all[cursor->chunk].wait_ms;
}

static struct body_action cursor_send(struct body_cursor *cursor, size_t max) {
  const struct timed_chunk *chunk = &cursor->body->all[cursor->chunk];
  struct body_action action = {.kind = BODY_SEND, .from = cursor->offset};
  size_t left = chunk->end - cursor->offset;
  action.size = left < max ? left : max;
  cursor->offset += action.size;
  cursor->waited = false;
  if (action.size == left) {
    action.ends_token = chunk->is_token;
    cursor->chunk++;
  }
  return action;
}

struct body_action body_cursor_next(struct body_cursor *cursor, size_t max) {
  const struct timed_body *body = cursor->body;
  if (cursor->chunk == body->count) {
    if (body->quirks->end != STREAM_REPEATS)
      return cursor_end(cursor);
    cursor->chunk--;
    cursor->offset = chunk_begin(body, cursor->chunk);
  }
  unsigned wait = cursor_delay(cursor);
  if (wait > 0 && !cursor->waited) {
    cursor->waited = true;
    return (struct body_action){.kind = BODY_WAIT, .ms = wait};
  }
  return cursor_send(cursor, body->quirks->bytes ? 1 : max);
}
