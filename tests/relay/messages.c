#include "messages.h"

#include "completion.h"
#include "event_stream.h"

#include <string.h>

/* --- the request --------------------------------------------------------- */

static bool reject_headers(const struct api_request *request,
                           struct response *response) {
  if (request->version == NULL)
    return completion_reject(response, "anthropic-version: header is required",
                             NULL, NULL);
  if (request->api_key != NULL && strcmp(request->api_key, request->key) == 0)
    return true;
  response_set_error(
      response, &(struct api_error){.status = 401,
                                    .message = "x-api-key header is required"});
  return false;
}

static bool messages_read(struct completion *completion, yajl_val root,
                          struct response *response) {
  yajl_val limit = completion_member(root, "max_tokens", yajl_t_any);
  yajl_val messages = completion_member(root, "messages", yajl_t_array);
  if (!reject_headers(completion->request, response))
    return false;
  if (limit == NULL || !completion_is_valid_limit(limit))
    return completion_reject(response, "max_tokens: Field required", NULL,
                             NULL);
  if (messages == NULL || YAJL_GET_ARRAY(messages)->len == 0)
    return completion_reject(
        response, "messages: at least one message is required", NULL, NULL);
  completion->prompt_tokens = completion_messages_tokens(messages);
  completion_limit(completion, limit);
  completion_read_stream(completion, root);
  return true;
}

/* --- the answer ---------------------------------------------------------- */

static const char *stop_reason(const struct completion *completion) {
  const struct quirks *quirks = completion->request->quirks;
  enum token_kind kind = quirks->stream.tokens;
  if (quirks->finish_reason != NULL)
    return quirks->finish_reason;
  if (kind == TOKEN_ABSENT || kind == TOKEN_BLANK)
    return "end_turn";
  if (completion->completion_tokens < REPLY_TOKENS || kind == TOKEN_HIDDEN)
    return "max_tokens";
  return kind == TOKEN_TOOL_CALL ? "tool_use" : "end_turn";
}

/* As a member with a comma before it. */
static void add_usage(const struct completion *completion, unsigned tokens,
                      struct buffer *out) {
  const char *usage = completion->request->quirks->usage;
  if (usage != NULL && *usage == '\0')
    return;
  if (usage != NULL)
    buffer_add_format(out, ",\"usage\":%s", usage);
  else
    buffer_add_format(out,
                      ",\"usage\":{\"input_tokens\":%u,"
                      "\"cache_creation_input_tokens\":0,"
                      "\"cache_read_input_tokens\":0,\"output_tokens\":%u}",
                      completion->prompt_tokens, tokens);
}

static void add_head(const struct completion *completion, struct buffer *out) {
  buffer_add_format(out, "{\"id\":\"%s\",\"type\":\"message\",",
                    completion->id);
  completion_add_model(completion, out);
  buffer_add_text(out, "\"role\":\"assistant\",");
}

static void write_plain(const struct completion *completion,
                        struct response *response) {
  struct buffer *body = &response->body;
  bool visible = completion_has_visible_tokens(completion);
  add_head(completion, body);
  buffer_add_text(body, "\"content\":[");
  if (visible)
    buffer_add_text(body, "{\"type\":\"text\",\"text\":\"");
  for (unsigned i = 0; visible && i < completion->completion_tokens; i++)
    buffer_add_text(body, completion_token(completion, i));
  buffer_add_format(body, "%s],\"stop_reason\":\"%s\",\"stop_sequence\":null",
                    visible ? "\"}" : "", stop_reason(completion));
  add_usage(completion, completion->completion_tokens, body);
  buffer_add_text(body, "}");
}

/* --- the stream ---------------------------------------------------------- */

/* The members of an event after its type; frees them. */
static void add_event(struct event_stream *stream, const char *name,
                      struct buffer *members, unsigned wait_ms, bool is_token) {
  struct buffer json = {0};
  buffer_add_format(&json, "{\"type\":\"%s\"%s}", name, buffer_text(members));
  event_stream_add(stream, name, &json, wait_ms, is_token);
  buffer_close(&json);
  buffer_close(members);
}

static void begin(struct event_stream *stream) {
  struct buffer start = {0}, block = {0}, ping = {0};
  buffer_add_text(&start, ",\"message\":");
  add_head(stream->completion, &start);
  buffer_add_text(&start, "\"content\":[],\"stop_reason\":null,"
                          "\"stop_sequence\":null");
  add_usage(stream->completion, 1, &start);
  buffer_add_text(&start, "}");
  add_event(stream, "message_start", &start, 0, false);
  buffer_add_text(&block, ",\"index\":0,\"content_block\":{\"type\":\"text\","
                          "\"text\":\"\"}");
  add_event(stream, "content_block_start", &block, 0, false);
  add_event(stream, "ping", &ping, 0, false);
}

static void token(struct event_stream *stream, unsigned wait_ms) {
  const struct completion *completion = stream->completion;
  const char *text = completion_token(completion, stream->sent);
  enum token_kind kind = stream->quirks->tokens;
  struct buffer delta = {0};
  buffer_add_text(&delta, ",\"index\":0,\"delta\":{\"type\":");
  if (kind == TOKEN_TOOL_CALL)
    buffer_add_format(&delta, "\"input_json_delta\",\"partial_json\":\"%s\"}",
                      text);
  else if (kind == TOKEN_REASONING &&
           stream->sent < completion_reasoning_tokens(completion))
    buffer_add_format(&delta, "\"thinking_delta\",\"thinking\":\"%s\"}", text);
  else
    buffer_add_format(&delta, "\"text_delta\",\"text\":\"%s\"}", text);
  add_event(stream, "content_block_delta", &delta, wait_ms, true);
}

static void finish(struct event_stream *stream) {
  struct buffer stop = {0}, delta = {0};
  buffer_add_text(&stop, ",\"index\":0");
  add_event(stream, "content_block_stop", &stop, 0, false);
  buffer_add_format(&delta,
                    ",\"delta\":{\"stop_reason\":\"%s\","
                    "\"stop_sequence\":null}",
                    stop_reason(stream->completion));
  add_usage(stream->completion, stream->completion->completion_tokens, &delta);
  add_event(stream, "message_delta", &delta, 0, false);
}

static void end(struct event_stream *stream) {
  struct buffer nothing = {0};
  add_event(stream, "message_stop", &nothing, 0, false);
}

/* --- the API ------------------------------------------------------------- */

static void messages_write(const struct completion *completion,
                           struct response *response) {
  static const struct event_stream_format format = {begin, token, finish, end};
  if (completion->streams)
    event_stream_write(&format, completion, response);
  else
    write_plain(completion, response);
}

void messages_handle(struct account *account, const struct api_request *request,
                     struct response *response) {
  static const struct completion_api api = {
      .id_prefix = "msg_", .read = messages_read, .write = messages_write};
  completion_handle(&api, account, request, response);
}
