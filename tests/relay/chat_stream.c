#include "chat_stream.h"

#include "event_stream.h"

struct chunk {
  const char *delta;  /* JSON, or NULL where there is no choice */
  const char *finish; /* JSON */
  bool includes_usage;
  unsigned wait_ms;
  bool is_token;
};

static void add_usage(const struct event_stream *stream,
                      const struct chunk *chunk, struct buffer *json) {
  const char *usage = stream->completion->request->quirks->usage;
  if (!stream->completion->includes_usage)
    return;
  if (chunk->includes_usage || stream->quirks->usage == USAGE_CONTINUOUS)
    chat_add_usage(stream->completion,
                   chunk->is_token ? stream->sent + 1 : stream->sent, json);
  else if (usage == NULL || *usage != '\0')
    buffer_add_text(json, ",\"usage\":null");
}

static void stream_add_chunk(struct event_stream *stream,
                             const struct chunk *chunk) {
  struct buffer json = {0};
  chat_add_head(stream->completion, "chat.completion.chunk", &json);
  if (chunk->delta == NULL)
    buffer_add_text(&json, "\"choices\":[]");
  else
    buffer_add_format(&json,
                      "\"choices\":[{\"index\":0,\"delta\":%s,"
                      "\"logprobs\":null,\"finish_reason\":%s}]",
                      chunk->delta, chunk->finish);
  add_usage(stream, chunk, &json);
  buffer_add_text(&json, "}");
  event_stream_add(stream, NULL, &json, chunk->wait_ms, chunk->is_token);
  buffer_close(&json);
}

static void stream_add_role(struct event_stream *stream) {
  bool content = stream->quirks->tokens == TOKEN_CONTENT;
  stream_add_chunk(
      stream,
      &(struct chunk){.delta =
                          content ? "{\"role\":\"assistant\",\"content\":\"\","
                                    "\"refusal\":null}"
                                  : "{\"role\":\"assistant\",\"content\":null}",
                      .finish = "null"});
}

static void add_delta(const struct event_stream *stream, struct buffer *delta) {
  const char *token = completion_token(stream->completion, stream->sent);
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
           stream->sent < completion_reasoning_tokens(stream->completion))
    buffer_add_format(delta, "{\"content\":null,\"reasoning_content\":\"%s\"}",
                      token);
  else if (kind == TOKEN_CONTENT_PART)
    buffer_add_format(
        delta, "{\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}", token);
  else
    buffer_add_format(delta, "{\"content\":\"%s\"}", token);
}

static void stream_add_token(struct event_stream *stream, unsigned wait_ms) {
  struct buffer delta = {0};
  add_delta(stream, &delta);
  stream_add_chunk(stream, &(struct chunk){.delta = buffer_text(&delta),
                                           .finish = "null",
                                           .wait_ms = wait_ms,
                                           .is_token = true});
  buffer_close(&delta);
}

static void stream_add_finish(struct event_stream *stream) {
  const struct completion *chat = stream->completion;
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

static void stream_add_done(struct event_stream *stream) {
  static char done[] = "[DONE]";
  const struct buffer data = {.data = done, .size = sizeof(done) - 1};
  event_stream_add(stream, NULL, &data, 0, false);
}

void chat_stream_write(const struct completion *chat,
                       struct response *response) {
  static const struct event_stream_format format = {.begin = stream_add_role,
                                                    .token = stream_add_token,
                                                    .finish = stream_add_finish,
                                                    .end = stream_add_done};
  event_stream_write(&format, chat, response);
}
