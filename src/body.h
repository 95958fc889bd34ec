/* The body of an answer as it arrives: one JSON document, or a stream of events
 * each of which is one. */
#ifndef HOLYSHEEP_BODY_H
#define HOLYSHEEP_BODY_H

#include "json.h"
#include "sse.h"

#include <stdbool.h>
#include <stddef.h>

/* Names the places of a document that are to be reported. */
typedef void body_want(void *user, struct json_reader *json);

enum { BODY_MARK_MAX = 6 };

struct body {
  body_want *want;
  json_hit *hit;
  void *user;
  bool may_stream, begun;
  bool streams;     /* it is a stream of events */
  bool marked_end;  /* the stream's [DONE] has come */
  bool named_error; /* an event was named `error` */
  enum json_state state;
  struct sse sse;
  size_t documents; /* whole ones */
  bool in_document;
  bool closing;
  char mark[BODY_MARK_MAX]; /* an event's first bytes: [DONE] is no JSON */
  size_t mark_length;
  struct json_reader json; /* last: it is large, and mostly left alone */
};

/* `want` is called once a document, `hit` for each value at its places. */
void body_open(struct body *body, bool may_stream, body_want *want,
               json_hit *hit, void *user);

/* Takes the next piece; leading white space is to be left out. */
enum json_state body_feed(struct body *body, const char *data, size_t length);

/* Ends it: JSON_COMPLETE (of a stream: all its events were, and there were
 * some; what is cut off in the middle of an event does not count) or an
 * error. */
enum json_state body_close(struct body *body);

#endif
