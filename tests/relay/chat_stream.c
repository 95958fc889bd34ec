#include "chat_stream.h"

#include <string.h>

struct stream {
  const struct completion *chat;
  const struct stream_quirks *quirks;
  const struct pace *pace;
  struct response *response;
  unsigned sent; /* tokens so far */
};

/* Appends text as one chunk, with the stream's own line endings. */
static void stream_add(struct stream *stream, const char *text, size_t size,
                       unsigned wait_ms, bool is_token) {
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

static void add_field(const struct stream *stream, struct buffer *event) {
  buffer_add_text(event, stream->quirks->no_space ? "data:" : "data: ");
}

/* Starts a new data line after each comma between members. */
static void add_in_lines(const struct stream *stream, const struct buffer *json,
                         struct buffer *event) {
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

static void stream_add_event(struct stream *stream, const struct buffer *data,
                             unsigned wait_ms, bool is_token) {
  struct buffer event = {0};
  if (stream->quirks->event_prefix != NULL)
    buffer_add_text(&event, stream->quirks->event_prefix);
  add_field(stream, &event);
  if (stream->quirks->multi_line_data)
    add_in_lines(stream, data, &event);
  else
    buffer_add(&event, data->data, data->size);
  buffer_add_text(&event, "\n\n");
  stream_add(stream, event.data, event.size, wait_ms, is_token);
  buffer_close(&event);
}

struct chunk {
  const char *delta;  /* JSON, or NULL where there is no choice */
  const char *finish; /* JSON */
  bool includes_usage;
  unsigned wait_ms;
  bool is_token;
};

static void add_usage(const struct stream *stream, const struct chunk *chunk,
                      struct buffer *json) {
  const char *usage = stream->chat->request->quirks->usage;
  if (!stream->chat->includes_usage)
    return;
  if (chunk->includes_usage || stream->quirks->usage == USAGE_CONTINUOUS)
    chat_add_usage(stream->chat, stream->sent, json);
  else if (usage == NULL || *usage != '\0')
    buffer_add_text(json, ",\"usage\":null");
}

static void stream_add_chunk(struct stream *stream, const struct chunk *chunk) {
  struct buffer json = {0};
  chat_add_head(stream->chat, "chat.completion.chunk", &json);
  if (chunk->delta == NULL)
    buffer_add_text(&json, "\"choices\":[]");
  else
    buffer_add_format(&json,
                      "\"choices\":[{\"index\":0,\"delta\":%s,"
                      "\"logprobs\":null,\"finish_reason\":%s}]",
                      chunk->delta, chunk->finish);
  add_usage(stream, chunk, &json);
  buffer_add_text(&json, "}");
  stream_add_event(stream, &json, chunk->wait_ms, chunk->is_token);
  buffer_close(&json);
}

static void stream_add_role(struct stream *stream) {
  bool content = stream->quirks->tokens == TOKEN_CONTENT;
  stream_add_chunk(
      stream,
      &(struct chunk){.delta =
                          content ? "{\"role\":\"assistant\",\"content\":\"\","
                                    "\"refusal\":null}"
                                  : "{\"role\":\"assistant\",\"content\":null}",
                      .finish = "null"});
}

static void add_delta(const struct stream *stream, struct buffer *delta) {
  const char *token = chat_token(stream->chat, stream->sent);
  enum token_kind kind = stream->quirks->tokens;
  if (kind == TOKEN_TOOL_CALL && stream->sent == 0)
    buffer_add_text(delta, "{\"tool_calls\":[{\"index\":0,\"id\":"
                           "\"call_standin\",\"type\":\"function\","
                           "\"function\":{\"name\":\"answer\","
                           "\"arguments\":\"\"}}]}");
  else if (kind == TOKEN_TOOL_CALL)
    buffer_add_format(delta,
                      "{\"tool_calls\":[{\"index\":0,\"function\":{"
                      "\"arguments\":\"%s\"}}]}",
                      token);
  else if (kind == TOKEN_REASONING &&
           stream->sent < chat_reasoning_tokens(stream->chat))
    buffer_add_format(delta, "{\"content\":null,\"reasoning_content\":\"%s\"}",
                      token);
  else if (kind == TOKEN_CONTENT_PART)
    buffer_add_format(
        delta, "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}", token);
  else
    buffer_add_format(delta, "{\"content\":\"%s\"}", token);
}

/* Adds tokens until `until` have been sent in total. */
static void stream_add_tokens(struct stream *stream, unsigned until) {
  unsigned wait_ms = stream->sent == 0
                         ? stream->pace->first
                         : stream->pace->middle + stream->pace->token;
  for (; stream->sent < until; wait_ms = stream->pace->token) {
    struct buffer delta = {0};
    add_delta(stream, &delta);
    stream->sent++;
    stream_add_chunk(stream, &(struct chunk){.delta = buffer_text(&delta),
                                             .finish = "null",
                                             .wait_ms = wait_ms,
                                             .is_token = true});
    buffer_close(&delta);
  }
}

static void stream_add_finish(struct stream *stream) {
  const struct completion *chat = stream->chat;
  enum usage_position usage = stream->quirks->usage;
  struct buffer finish = {0};
  buffer_add_format(&finish, "\"%s\"", chat_finish_reason(chat));
  stream->sent = chat->completion_tokens;
  stream_add_chunk(stream,
                   &(struct chunk){.delta = "{}",
                                   .finish = buffer_text(&finish),
                                   .includes_usage = usage == USAGE_AT_FINISH});
  buffer_close(&finish);
  const char *usage_json = chat->request->quirks->usage;
  if (chat->includes_usage && usage != USAGE_AT_FINISH &&
      (usage_json == NULL || *usage_json != '\0'))
    stream_add_chunk(stream, &(struct chunk){.includes_usage = true});
}

static void stream_add_done(struct stream *stream) {
  static char done[] = "[DONE]";
  const struct buffer data = {.data = done, .size = sizeof(done) - 1};
  stream_add_event(stream, &data, 0, false);
}

void chat_stream_write(const struct completion *chat,
                       struct response *response) {
  const struct stream_quirks *quirks = &chat->request->quirks->stream;
  struct stream stream = {.chat = chat,
                          .quirks = quirks,
                          .pace = &chat->request->pace,
                          .response = response};
  unsigned tokens = chat_has_visible_tokens(chat) ? chat->completion_tokens : 0;
  response->type = "text/event-stream; charset=utf-8";
  response->timed_body.quirks = quirks;
  response->timed_body.byte_ms = chat->request->pace.byte;
  if (quirks->prefix != NULL)
    buffer_add_text(&response->body, quirks->prefix);
  if (quirks->extent < STREAM_NOTHING)
    stream_add_role(&stream);
  if (quirks->extent < STREAM_TO_ROLE)
    stream_add_tokens(&stream, (tokens + 1) / 2);
  if (quirks->inserted != NULL)
    stream_add(&stream, quirks->inserted, strlen(quirks->inserted),
               stream.pace->token, false);
  if (quirks->extent >= STREAM_TO_MIDDLE)
    return;
  stream_add_tokens(&stream, tokens);
  stream_add_finish(&stream);
  if (quirks->extent == STREAM_COMPLETE)
    stream_add_done(&stream);
}
