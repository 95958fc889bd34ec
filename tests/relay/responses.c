#include "responses.h"

#include "completion.h"
#include "event_stream.h"

#include <math.h>
#include <string.h>

/* --- the request --------------------------------------------------------- */

/* False if there is none. */
static bool read_input(struct completion *completion, yajl_val input) {
  enum { REPLY_AND_MESSAGE = 7 }; /* see completion_read_messages() */
  if (YAJL_IS_ARRAY(input)) {
    completion_read_messages(completion, input);
    return true;
  }
  if (!YAJL_IS_STRING(input))
    return false;
  completion->prompt_tokens = REPLY_AND_MESSAGE + completion_text_tokens(input);
  completion_read_prompt(completion, YAJL_GET_STRING(input));
  return true;
}

static bool reject_limit(long long limit, struct response *response) {
  struct buffer message = {0};
  buffer_add_format(&message,
                    "Invalid 'max_output_tokens': integer below minimum value. "
                    "Expected a value >= 16, but got %lld instead.",
                    limit);
  completion_reject(response, buffer_text(&message), "max_output_tokens",
                    "integer_below_min_value");
  buffer_close(&message);
  return false;
}

static bool responses_read(struct completion *completion, yajl_val root,
                           struct response *response) {
  enum { LIMIT_MIN = 16 };
  yajl_val limit = completion_member(root, "max_output_tokens", yajl_t_any);
  if (!read_input(completion, completion_member(root, "input", yajl_t_any)))
    return completion_reject(response, "Missing required parameter: 'input'.",
                             "input", "missing_required_parameter");
  if (!completion_is_valid_limit(limit) ||
      (limit != NULL && YAJL_GET_INTEGER(limit) < LIMIT_MIN))
    return reject_limit(YAJL_IS_INTEGER(limit) ? YAJL_GET_INTEGER(limit) : 0,
                        response);
  completion_limit(completion, limit);
  completion_read_stream(completion, root);
  return true;
}

/* --- the answer ---------------------------------------------------------- */

/* Why the answer is incomplete; NULL: it is complete. */
static const char *incomplete_reason(const struct completion *completion) {
  const struct quirks *quirks = completion->request->quirks;
  if (quirks->finish_reason != NULL)
    return quirks->finish_reason;
  return quirks->stream.tokens == TOKEN_HIDDEN ? "max_output_tokens" : NULL;
}

/* As a member with a comma before it. */
static void add_usage(const struct completion *completion, struct buffer *out) {
  const char *usage = completion->request->quirks->usage;
  if (usage != NULL && *usage == '\0')
    return;
  if (usage != NULL)
    buffer_add_format(out, ",\"usage\":%s", usage);
  else
    buffer_add_format(
        out,
        ",\"usage\":{\"input_tokens\":%u,\"input_tokens_details\":{"
        "\"cached_tokens\":0},\"output_tokens\":%u,\"output_tokens_details\":{"
        "\"reasoning_tokens\":%u},\"total_tokens\":%u}",
        completion->prompt_tokens, completion->completion_tokens,
        completion_reasoning_tokens(completion),
        completion->prompt_tokens + completion->completion_tokens);
}

static void add_head(const struct completion *completion, struct buffer *out) {
  buffer_add_format(out,
                    "{\"id\":\"%s\",\"object\":\"response\",\"created_at\":"
                    "%.0f,\"error\":null,",
                    completion->id, floor(completion->request->time));
  completion_add_model(completion, out);
}

static void add_text(const struct completion *completion, struct buffer *out) {
  for (unsigned i = 0; i < completion->completion_tokens; i++)
    buffer_add_text(out, completion_token(completion, i));
}

static void add_output(const struct completion *completion,
                       struct buffer *out) {
  bool reasons = completion_reasoning_tokens(completion) > 0;
  bool visible = completion_has_visible_tokens(completion);
  buffer_add_text(out, "\"output\":[");
  if (reasons)
    buffer_add_format(out,
                      "{\"id\":\"rs_standin\",\"type\":\"reasoning\","
                      "\"summary\":[]}%s",
                      visible ? "," : "");
  if (visible) {
    buffer_add_text(out, "{\"id\":\"msg_standin\",\"type\":\"message\","
                         "\"status\":\"completed\",\"role\":\"assistant\","
                         "\"content\":[{\"type\":\"output_text\",\"text\":\"");
    add_text(completion, out);
    buffer_add_text(out, "\",\"annotations\":[]}]}");
  }
  buffer_add_text(out, "]");
}

static void add_response(const struct completion *completion,
                         struct buffer *out) {
  const char *reason = incomplete_reason(completion);
  add_head(completion, out);
  if (reason == NULL)
    buffer_add_text(out, "\"status\":\"completed\",\"incomplete_details\":"
                         "null,");
  else
    buffer_add_format(out,
                      "\"status\":\"incomplete\",\"incomplete_details\":{"
                      "\"reason\":\"%s\"},",
                      reason);
  add_output(completion, out);
  add_usage(completion, out);
  buffer_add_text(out, "}");
}

/* --- the stream ---------------------------------------------------------- */

/* The members of an event after its type and number; frees them. */
static void add_event(struct event_stream *stream, const char *name,
                      struct buffer *members, unsigned wait_ms, bool is_token) {
  struct buffer json = {0};
  buffer_add_format(&json, "{\"type\":\"%s\",\"sequence_number\":%u%s}", name,
                    stream->events, buffer_text(members));
  event_stream_add(stream, name, &json, wait_ms, is_token);
  buffer_close(&json);
  buffer_close(members);
}

static void add_beginning(struct event_stream *stream, const char *name) {
  struct buffer members = {0};
  buffer_add_text(&members, ",\"response\":");
  add_head(stream->completion, &members);
  buffer_add_text(&members, "\"status\":\"in_progress\",\"output\":[],"
                            "\"usage\":null}");
  add_event(stream, name, &members, 0, false);
}

static void begin(struct event_stream *stream) {
  bool calls = stream->quirks->tokens == TOKEN_TOOL_CALL;
  struct buffer item = {0};
  add_beginning(stream, "response.created");
  add_beginning(stream, "response.in_progress");
  buffer_add_text(&item, ",\"output_index\":0,\"item\":{\"id\":\"standin\",");
  buffer_add_text(&item,
                  calls ? "\"type\":\"function_call\",\"call_id\":\"call_1\","
                          "\"name\":\"answer\",\"arguments\":\"\"}"
                        : "\"type\":\"message\",\"role\":\"assistant\","
                          "\"content\":[]}");
  add_event(stream, "response.output_item.added", &item, 0, false);
}

static const char *piece_name(const struct event_stream *stream) {
  enum token_kind kind = stream->quirks->tokens;
  if (kind == TOKEN_TOOL_CALL)
    return "response.function_call_arguments.delta";
  if (kind == TOKEN_REASONING &&
      stream->sent < completion_reasoning_tokens(stream->completion))
    return "response.reasoning_summary_text.delta";
  return "response.output_text.delta";
}

static void token(struct event_stream *stream, unsigned wait_ms) {
  struct buffer delta = {0};
  buffer_add_format(
      &delta, ",\"item_id\":\"standin\",\"output_index\":0,\"delta\":\"%s\"",
      completion_token(stream->completion, stream->sent));
  add_event(stream, piece_name(stream), &delta, wait_ms, true);
}

static void finish(struct event_stream *stream) {
  struct buffer text = {0};
  if (!completion_has_visible_tokens(stream->completion) ||
      stream->quirks->tokens == TOKEN_TOOL_CALL)
    return;
  buffer_add_text(&text, ",\"item_id\":\"standin\",\"output_index\":0,"
                         "\"text\":\"");
  add_text(stream->completion, &text);
  buffer_add_text(&text, "\"");
  add_event(stream, "response.output_text.done", &text, 0, false);
}

static void end(struct event_stream *stream) {
  bool complete = incomplete_reason(stream->completion) == NULL;
  struct buffer members = {0};
  buffer_add_text(&members, ",\"response\":");
  add_response(stream->completion, &members);
  add_event(stream, complete ? "response.completed" : "response.incomplete",
            &members, 0, false);
}

/* --- the API ------------------------------------------------------------- */

static void responses_write(const struct completion *completion,
                            struct response *response) {
  static const struct event_stream_format format = {begin, token, finish, end};
  if (completion->streams)
    event_stream_write(&format, completion, response);
  else
    add_response(completion, &response->body);
}

void responses_handle(struct account *account,
                      const struct api_request *request,
                      struct response *response) {
  static const struct completion_api api = {
      .id_prefix = "resp_", .read = responses_read, .write = responses_write};
  completion_handle(&api, account, request, response);
}
