/* Server-sent events as they arrive, in bounded memory. HTML Standard, section
 * 9.2.6, "Interpreting an event stream"; what matters here are the data, and
 * whether the event is named `error`. A field named `error` (of llama.cpp) is
 * taken for the data of such an event. */
#ifndef HOLYSHEEP_SSE_H
#define HOLYSHEEP_SSE_H

#include <stdbool.h>
#include <stddef.h>

struct sse_sink {
  /* A piece of an event's data; a line end between its lines. */
  void (*data)(void *user, const char *data, size_t length);

  /* The event is complete. Events without data are not told of. */
  void (*end)(void *user, bool named_error);

  /* A comment, as far as it is kept. */
  void (*comment)(void *user, const char *text, size_t length);
};

enum { SSE_NAME_MAX = 8, SSE_COMMENT_MAX = 16 };

struct sse {
  const struct sse_sink *sink;
  void *user;
  enum { SSE_NAME, SSE_SPACE, SSE_VALUE } place; /* within a line */
  char name[SSE_NAME_MAX]; /* of the field, as far as it fits */
  size_t name_length;
  char type[SSE_NAME_MAX]; /* the event's, likewise */
  size_t type_length;
  char comment[SSE_COMMENT_MAX];
  size_t comment_length;
  bool has_data;
  bool after_cr; /* a LF now belongs to the line end before */
  unsigned bom;  /* bytes of a byte order mark at the very start */
};

void sse_open(struct sse *sse, const struct sse_sink *sink, void *user);

void sse_feed(struct sse *sse, const char *data, size_t length);

/* The stream is over. The standard drops an event that no empty line ended;
 * relays that close at once after the last one mean it, so it counts. */
void sse_close(struct sse *sse);

#endif
