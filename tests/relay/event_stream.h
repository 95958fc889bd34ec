/* Answers as server-sent events, whatever the API: quirks, pace and extent. */
#ifndef RELAY_EVENT_STREAM_H
#define RELAY_EVENT_STREAM_H

#include "completion.h"

struct event_stream {
  const struct completion *completion;
  const struct stream_quirks *quirks;
  const struct pace *pace;
  struct response *response;
  unsigned sent;   /* tokens so far, */
  unsigned events; /* and events */
};

/* The events of an API. */
struct event_stream_format {
  void (*begin)(struct event_stream *stream); /* before the first token */
  /* The next token, after that time. */
  void (*token)(struct event_stream *stream, unsigned wait_ms);
  void (*finish)(struct event_stream *stream); /* after the last token, */
  void (*end)(struct event_stream *stream);    /* and the mark of the end */
};

/* Builds the response with the request's stream quirks and pace. */
void event_stream_write(const struct event_stream_format *format,
                        const struct completion *completion,
                        struct response *response);

/* Adds an event; its name may be NULL. */
void event_stream_add(struct event_stream *stream, const char *name,
                      const struct buffer *data, unsigned wait_ms,
                      bool is_token);

#endif
