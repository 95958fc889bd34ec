#include "messages.h"

#include "completion.h"
#include "event_stream.h"

#include <string.h>

/* --- the request --------------------------------------------------------- */

/* The first version takes the key in a header of its own only, later ones also
 * in that of other APIs. */
static bool accepts_key(const struct api_request *request) {
  return strcmp(request->version, "2023-06-01") != 0 ||
         (request->api_key != NULL &&
          strcmp(request->api_key, request->key) == 0);
}

static bool reject_headers(const struct api_request *request,
                           struct response *response) {
  if (request->version == NULL)
    return completion_reject(response, "anthropic-version: header is required",
                             NULL, NULL);
  if (accepts_key(request))
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
  completion_read_messages(completion, messages);
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
  if (completion->completion_tokens < completion->reply_tokens ||
      kind == TOKEN_HIDDEN)
    return "max_tokens";
  return kind == TOKEN_TOOL_CALL ? "tool_use" : "end_turn";
}

/* As a member with a comma before it. */
static void add_usage(const struct completion *completion, unsigned tokens,
                      struct buffer *out) {
  const char *usage = completion->request->quirks->usage;
  unsigned reasoning = completion_reasoning_tokens(completion);
  if (usage != NULL && *usage == '\0')
    return;
  if (usage != NULL)
    buffer_add_format(out, ",\"usage\":%s", usage);
  else
    buffer_add_format(out,
                      ",\"usage\":{\"input_tokens\":%u,"
                      "\"cache_creation_input_tokens\":0,"
                      "\"cache_read_input_tokens\":0,\"output_tokens\":%u,"
                      "\"output_tokens_details\":{\"thinking_tokens\":%u}}",
                      completion->prompt_tokens, tokens,
                      reasoning < tokens ? reasoning : tokens);
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

enum block_kind { BLOCK_TEXT, BLOCK_THINKING, BLOCK_TOOL_USE };

static const struct {
  const char *start; /* an empty block */
  const char *delta; /* type and member of its deltas */
} blocks[] = {
    [BLOCK_TEXT] = {"\"type\":\"text\",\"text\":\"\"",
                    "\"type\":\"text_delta\",\"text\""},
    [BLOCK_THINKING] = {"\"type\":\"thinking\",\"thinking\":\"\","
                        "\"signature\":\"\"",
                        "\"type\":\"thinking_delta\",\"thinking\""},
    [BLOCK_TOOL_USE] = {"\"type\":\"tool_use\",\"id\":\"toolu_standin\","
                        "\"name\":\"answer\",\"input\":{}",
                        "\"type\":\"input_json_delta\",\"partial_json\""}};

static enum block_kind block_kind(const struct event_stream *stream,
                                  unsigned token) {
  enum token_kind kind = stream->quirks->tokens;
  if (kind == TOKEN_TOOL_CALL)
    return BLOCK_TOOL_USE;
  return kind == TOKEN_REASONING &&
                 token < completion_reasoning_tokens(stream->completion)
             ? BLOCK_THINKING
             : BLOCK_TEXT;
}

/* Of a token's block: there is a second one only after reasoning. */
static unsigned block_index(const struct event_stream *stream, unsigned token) {
  return block_kind(stream, token) != block_kind(stream, 0);
}

static void start_block(struct event_stream *stream) {
  struct buffer block = {0};
  buffer_add_format(&block, ",\"index\":%u,\"content_block\":{%s}",
                    block_index(stream, stream->sent),
                    blocks[block_kind(stream, stream->sent)].start);
  add_event(stream, "content_block_start", &block, 0, false);
}

/* That of the token before. */
static void stop_block(struct event_stream *stream) {
  unsigned last = stream->sent - 1, index = block_index(stream, last);
  struct buffer signature = {0}, stop = {0};
  if (block_kind(stream, last) == BLOCK_THINKING) {
    buffer_add_format(&signature,
                      ",\"index\":%u,\"delta\":{\"type\":\"signature_delta\","
                      "\"signature\":\"c3RhbmRpbg==\"}",
                      index);
    add_event(stream, "content_block_delta", &signature, 0, false);
  }
  buffer_add_format(&stop, ",\"index\":%u", index);
  add_event(stream, "content_block_stop", &stop, 0, false);
}

static void begin(struct event_stream *stream) {
  struct buffer start = {0}, ping = {0};
  buffer_add_text(&start, ",\"message\":");
  add_head(stream->completion, &start);
  buffer_add_text(&start, "\"content\":[],\"stop_reason\":null,"
                          "\"stop_sequence\":null");
  add_usage(stream->completion, 1, &start);
  buffer_add_text(&start, "}");
  add_event(stream, "message_start", &start, 0, false);
  if (completion_has_visible_tokens(stream->completion))
    start_block(stream);
  add_event(stream, "ping", &ping, 0, false);
}

/* Those of a tool call make up a JSON object, which is itself quoted. */
static void add_piece(const struct event_stream *stream, struct buffer *delta) {
  const struct completion *completion = stream->completion;
  bool quotes = block_kind(stream, stream->sent) == BLOCK_TOOL_USE;
  if (quotes && stream->sent == 0)
    buffer_add_text(delta, "{\\\"text\\\":\\\"");
  buffer_add_text(delta, completion_token(completion, stream->sent));
  if (quotes && stream->sent + 1 == completion->completion_tokens)
    buffer_add_text(delta, "\\\"}");
}

static void token(struct event_stream *stream, unsigned wait_ms) {
  enum block_kind kind = block_kind(stream, stream->sent);
  struct buffer delta = {0};
  if (stream->sent > 0 && block_kind(stream, stream->sent - 1) != kind) {
    stop_block(stream);
    start_block(stream);
  }
  buffer_add_format(&delta, ",\"index\":%u,\"delta\":{%s:\"",
                    block_index(stream, stream->sent), blocks[kind].delta);
  add_piece(stream, &delta);
  buffer_add_text(&delta, "\"}");
  add_event(stream, "content_block_delta", &delta, wait_ms, true);
}

static void finish(struct event_stream *stream) {
  struct buffer delta = {0};
  if (completion_has_visible_tokens(stream->completion))
    stop_block(stream);
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
