#include "chat_stream.h"

#include <string.h>

struct stream {
  const struct chat *chat;
  const struct stream_manner *manner;
  const struct pace *pace;
  struct answer *answer;
  unsigned told; /* tokens so far */
};

/* Adds text, its line ends as the stream has them, as a piece. */
static void stream_add(struct stream *stream, const char *text, size_t size,
                       unsigned wait_ms, bool is_token) {
  struct buffer *body = &stream->answer->body;
  const char *line_end = stream->manner->line_end;
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
  pieces_add(&stream->answer->pieces, &(struct piece){.end = body->size,
                                                      .wait_ms = wait_ms,
                                                      .is_token = is_token});
}

static void add_field(const struct stream *stream, struct buffer *event) {
  buffer_add_text(event, stream->manner->tight ? "data:" : "data: ");
}

/* A line of data begins after each comma between members. */
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
  if (stream->manner->lead != NULL)
    buffer_add_text(&event, stream->manner->lead);
  add_field(stream, &event);
  if (stream->manner->many_lines)
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
  bool tells_usage;
  unsigned wait_ms;
  bool is_token;
};

static void add_usage(const struct stream *stream, const struct chunk *chunk,
                      struct buffer *json) {
  const char *usage = stream->chat->call->manner->usage;
  if (!stream->chat->tells_usage)
    return;
  if (chunk->tells_usage || stream->manner->usage == USAGE_RUNNING)
    chat_add_usage(stream->chat, stream->told, json);
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
  bool content = stream->manner->tokens == TOKEN_CONTENT;
  stream_add_chunk(
      stream,
      &(struct chunk){.delta =
                          content ? "{\"role\":\"assistant\",\"content\":\"\","
                                    "\"refusal\":null}"
                                  : "{\"role\":\"assistant\",\"content\":null}",
                      .finish = "null"});
}

static void add_delta(const struct stream *stream, struct buffer *delta) {
  const char *token = chat_token(stream->chat, stream->told);
  enum token_kind kind = stream->manner->tokens;
  if (kind == TOKEN_TOOL_CALL && stream->told == 0)
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
           stream->told < chat_count_thoughts(stream->chat))
    buffer_add_format(delta, "{\"content\":null,\"reasoning_content\":\"%s\"}",
                      token);
  else if (kind == TOKEN_PART)
    buffer_add_format(
        delta, "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}", token);
  else
    buffer_add_format(delta, "{\"content\":\"%s\"}", token);
}

/* Up to so many in all. */
static void stream_add_tokens(struct stream *stream, unsigned until) {
  unsigned wait_ms = stream->told == 0
                         ? stream->pace->first
                         : stream->pace->middle + stream->pace->token;
  for (; stream->told < until; wait_ms = stream->pace->token) {
    struct buffer delta = {0};
    add_delta(stream, &delta);
    stream->told++;
    stream_add_chunk(stream, &(struct chunk){.delta = buffer_text(&delta),
                                             .finish = "null",
                                             .wait_ms = wait_ms,
                                             .is_token = true});
    buffer_close(&delta);
  }
}

static void stream_add_finish(struct stream *stream) {
  const struct chat *chat = stream->chat;
  enum usage_place usage = stream->manner->usage;
  struct buffer finish = {0};
  buffer_add_format(&finish, "\"%s\"", chat_finish_reason(chat));
  stream->told = chat->completion_tokens;
  stream_add_chunk(stream,
                   &(struct chunk){.delta = "{}",
                                   .finish = buffer_text(&finish),
                                   .tells_usage = usage == USAGE_AT_FINISH});
  buffer_close(&finish);
  const char *told = chat->call->manner->usage;
  if (chat->tells_usage && usage != USAGE_AT_FINISH &&
      (told == NULL || *told != '\0'))
    stream_add_chunk(stream, &(struct chunk){.tells_usage = true});
}

static void stream_add_done(struct stream *stream) {
  static char done[] = "[DONE]";
  const struct buffer data = {.data = done, .size = sizeof(done) - 1};
  stream_add_event(stream, &data, 0, false);
}

void stream_write(const struct chat *chat, struct answer *answer) {
  const struct stream_manner *manner = &chat->call->manner->stream;
  struct stream stream = {.chat = chat,
                          .manner = manner,
                          .pace = &chat->call->pace,
                          .answer = answer};
  unsigned tokens = chat_tells_tokens(chat) ? chat->completion_tokens : 0;
  answer->type = "text/event-stream; charset=utf-8";
  answer->pieces.manner = manner;
  answer->pieces.byte_ms = chat->call->pace.byte;
  if (manner->opening != NULL)
    buffer_add_text(&answer->body, manner->opening);
  if (manner->extent < STREAM_NOTHING)
    stream_add_role(&stream);
  if (manner->extent < STREAM_TO_ROLE)
    stream_add_tokens(&stream, (tokens + 1) / 2);
  if (manner->inserted != NULL)
    stream_add(&stream, manner->inserted, strlen(manner->inserted),
               stream.pace->token, false);
  if (manner->extent >= STREAM_TO_MIDDLE)
    return;
  stream_add_tokens(&stream, tokens);
  stream_add_finish(&stream);
  if (manner->extent == STREAM_WHOLE)
    stream_add_done(&stream);
}
