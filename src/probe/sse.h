/* Parses server-sent events as they arrive, in bounded memory: HTML Standard,
 * section 9.2.6, "Interpreting an event stream". Only the data matter, and
 * whether the event is named `error`. llama.cpp's field `error` is read as the
 * data of such an event. */
#ifndef HOLYSHEEP_SSE_H
#define HOLYSHEEP_SSE_H

#include <stdbool.h>
#include <stddef.h>

struct sse_sink {
  /* A piece of an event's data; its lines are separated by '\n'. */
  void (*data)(void *user, const char *data, size_t length);

  /* The event is complete. Events without data are not reported. */
  void (*end)(void *user, bool named_error);

  /* A comment, truncated to SSE_COMMENT_MAX bytes. */
  void (*comment)(void *user, const char *text, size_t length);
};

enum { SSE_NAME_MAX = 8, SSE_COMMENT_MAX = 16 };

struct sse {
  const struct sse_sink *sink;
  void *user;
  enum { SSE_IN_NAME, SSE_AFTER_COLON, SSE_IN_VALUE } state;
  char name[SSE_NAME_MAX]; /* of the field, truncated */
  size_t name_length;
  char type[SSE_NAME_MAX]; /* of the event, truncated */
  size_t type_length;
  char comment[SSE_COMMENT_MAX];
  size_t comment_length;
  bool has_data;
  bool after_cr; /* an LF now belongs to the line break before it */
  unsigned bom;  /* bytes read of a byte order mark at the very start */
};

void sse_open(struct sse *sse, const struct sse_sink *sink, void *user);

void sse_feed(struct sse *sse, const char *data, size_t length);

/* The stream has ended. The standard discards an event without an empty line
 * after it; some relays close the connection instead, so it counts. */
void sse_close(struct sse *sse);

#endif
