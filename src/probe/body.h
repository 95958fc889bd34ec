/* The body of an answer as it arrives: one JSON document, or a stream of events
 * each of which is one. */
#ifndef HOLYSHEEP_BODY_H
#define HOLYSHEEP_BODY_H

#include "base/json.h"
#include "probe/sse.h"

#include <stdbool.h>
#include <stddef.h>

struct body_sink {
  /* Names the places of a document that are to be reported; once for each. */
  void (*select)(void *user, struct json_reader *json);

  /* A value at one of these places. */
  json_match *hit;

  /* The beginning of an event that is named `error` and is no JSON. */
  void (*error_text)(void *user, const char *text, size_t length);
};

enum {
  BODY_MARK_MAX = 6,
  BODY_ERROR_MAX = 256, /* bytes of such an event that are kept */
};

struct body {
  const struct body_sink *sink;
  void *user;
  bool may_stream, begun;
  bool streams;     /* it is a stream of events */
  bool marked_end;  /* the stream's [DONE] has come */
  bool named_error; /* an event was named `error` */
  int status;       /* an HTTP status that a comment told, 0 without */
  enum json_state state;
  struct sse sse;
  size_t documents; /* whole ones */
  bool in_document;
  bool closing;
  char mark[BODY_MARK_MAX]; /* an event's first bytes: [DONE] is no JSON */
  size_t mark_length;
  char event[BODY_ERROR_MAX]; /* an event's first bytes */
  size_t event_length;
  struct json_reader json; /* last: it is large, and mostly left alone */
};

/* The sink has to outlive the body. */
void body_open(struct body *body, bool may_stream, const struct body_sink *sink,
               void *user);

/* Takes the next piece; leading white space is to be left out. */
enum json_state body_feed(struct body *body, const char *data, size_t length);

/* Ends it: JSON_COMPLETE (of a stream: all its events were, and there were
 * some; what is cut off in the middle of an event does not count) or an
 * error. */
enum json_state body_close(struct body *body);

#endif
