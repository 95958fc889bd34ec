/* Reads the body of an answer as it arrives: one JSON document, or a stream of
 * events, each of which is one. */
#ifndef HOLYSHEEP_BODY_H
#define HOLYSHEEP_BODY_H

#include "base/json.h"
#include "probe/sse.h"

#include <stdbool.h>
#include <stddef.h>

struct body_sink {
  /* Adds the selectors; called once for each document. */
  void (*select)(void *user, struct json_reader *json);

  /* A value that one of them matched. */
  json_match *on_match;

  /* The beginning of an event that is named `error` and is not JSON. */
  void (*error_text)(void *user, const char *text, size_t length);
};

enum {
  BODY_DONE_MAX = 6,
  BODY_ERROR_MAX = 256, /* bytes kept of an event named `error` */
};

/* When a body is taken for a stream. */
enum body_streaming {
  BODY_NEVER_STREAMS,
  BODY_STREAMS,         /* unless it begins like a document */
  BODY_STREAMS_UNASKED, /* if it begins like a stream */
};

struct body {
  const struct body_sink *sink;
  void *user;
  enum body_streaming streaming;
  bool begun;
  bool streams;     /* it is a stream of events */
  bool done;        /* [DONE] has been received, or the last document */
  bool last;        /* the current document is the last, see body_end() */
  bool named_error; /* an event was named `error` */
  int status;       /* an HTTP status from a comment; 0: none */
  enum json_state state;
  struct sse sse;
  size_t documents; /* complete ones */
  bool in_document;
  bool closing;
  char marker[BODY_DONE_MAX]; /* an event's first bytes: [DONE] is not JSON */
  size_t marker_length;
  char event[BODY_ERROR_MAX]; /* an event's first bytes */
  size_t event_length;
  struct json_reader
      json; /* last, because it is large and need not be cleared */
};

/* The sink must outlive the body. */
void body_open(struct body *body, enum body_streaming streaming,
               const struct body_sink *sink, void *user);

/* Reads the next piece. The caller skips white space at the very start. */
enum json_state body_feed(struct body *body, const char *data, size_t length);

/* The current document says that it is a stream's last: what follows it is
 * ignored, as after [DONE]. */
void body_end(struct body *body);

/* Ends the body: JSON_COMPLETE or an error. A stream is complete if it had
 * events and each of them was; an event that was cut off is ignored. */
enum json_state body_close(struct body *body);

#endif
