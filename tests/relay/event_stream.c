#include "event_stream.h"

#include <string.h>

/* Appends text as one chunk, with the stream's own line endings. */
static void stream_add(struct event_stream *stream, const char *text,
                       size_t size, unsigned wait_ms, bool is_token) {
  struct buffer *body = &stream->response->body;
  const char *line_end = stream->quirks->line_end;
  const char *end = text + size;
  for (const char *line; text < end; text = line) {
    line = memchr(text, '\n', (size_t)(end - text));
    if (line == NULL) {
      buffer_add(body, text, (size_t)(end - text));
      break;
    }
    buffer_add(body, text, (size_t)(line++ - text));
    buffer_add_text(body, line_end == NULL ? "\n" : line_end);
  }
  timed_body_add(&stream->response->timed_body,
                 &(struct timed_chunk){.end = body->size,
                                       .wait_ms = wait_ms,
                                       .is_token = is_token});
}

static void add_field(const struct event_stream *stream, struct buffer *event) {
  buffer_add_text(event, stream->quirks->no_space ? "data:" : "data: ");
}

/* Starts a new data line after each comma between members. */
static void add_in_lines(const struct event_stream *stream,
                         const struct buffer *json, struct buffer *event) {
  bool quoted = false;
  for (size_t i = 0; i < json->size; i++) {
    char c = json->data[i];
    buffer_add(event, &c, 1);
    if (c == '\\')
      buffer_add(event, &json->data[++i], 1);
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted) {
      buffer_add_text(event, "\n");
      add_field(stream, event);
    }
  }
}

void event_stream_add(struct event_stream *stream, const char *name,
                      const struct buffer *data, unsigned wait_ms,
                      bool is_token) {
  struct buffer event = {0};
  if (stream->quirks->event_prefix != NULL)
    buffer_add_text(&event, stream->quirks->event_prefix);
  if (name != NULL)
    buffer_add_format(&event, "event: %s\n", name);
  add_field(stream, &event);
  if (stream->quirks->multi_line_data)
    add_in_lines(stream, data, &event);
  else
    buffer_add(&event, data->data, data->size);
  buffer_add_text(&event, "\n\n");
  stream_add(stream, event.data, event.size, wait_ms, is_token);
  stream->events++;
  buffer_close(&event);
}

/* Adds tokens until `until` have been sent in total. */
static void add_tokens(const struct event_stream_format *format,
                       struct event_stream *stream, unsigned until) {
  unsigned wait_ms = stream->sent == 0
                         ? stream->pace->first
                         : stream->pace->middle + stream->pace->token;
  for (; stream->sent < until; wait_ms = stream->pace->token) {
    format->token(stream, wait_ms);
    stream->sent++;
  }
}

void event_stream_write(const struct event_stream_format *format,
                        const struct completion *completion,
                        struct response *response) {
  const struct stream_quirks *quirks = &completion->request->quirks->stream;
  struct event_stream stream = {.completion = completion,
                                .quirks = quirks,
                                .pace = &completion->request->pace,
                                .response = response};
  unsigned tokens = completion_has_visible_tokens(completion)
                        ? completion->completion_tokens
                        : 0;
  response->type = "text/event-stream; charset=utf-8";
  response->timed_body.quirks = quirks;
  response->timed_body.byte_ms = completion->request->pace.byte;
  if (quirks->prefix != NULL)
    buffer_add_text(&response->body, quirks->prefix);
  if (quirks->extent < STREAM_NOTHING)
    format->begin(&stream);
  if (quirks->extent < STREAM_TO_ROLE)
    add_tokens(format, &stream, (tokens + 1) / 2);
  if (quirks->inserted != NULL)
    stream_add(&stream, quirks->inserted, strlen(quirks->inserted),
               stream.pace->token, false);
  if (quirks->extent >= STREAM_TO_MIDDLE)
    return;
  add_tokens(format, &stream, tokens);
  format->finish(&stream);
  if (quirks->extent == STREAM_COMPLETE)
    format->end(&stream);
}
