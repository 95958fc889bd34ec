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

/* --- the items of the output ---------------------------------------------- */

enum item_kind { ITEM_MESSAGE, ITEM_REASONING, ITEM_CALL };

/* An item has a part around its text, or none. */
static const struct item_format {
  const char *id, *members, *end;
  const char *part, *part_end;
  const char *part_name, *text_name; /* of events */
  const char *part_index, *text;     /* of members */
} formats[] = {
    [ITEM_MESSAGE] = {"msg_standin",
                      "\"type\":\"message\",\"role\":\"assistant\","
                      "\"content\":[",
                      "]", "{\"type\":\"output_text\",\"text\":\"",
                      "\",\"annotations\":[]}", "content_part", "output_text",
                      "\"content_index\":0,", "text"},
    [ITEM_REASONING] = {"rs_standin", "\"type\":\"reasoning\",\"summary\":[",
                        "]", "{\"type\":\"summary_text\",\"text\":\"", "\"}",
                        "reasoning_summary_part", "reasoning_summary_text",
                        "\"summary_index\":0,", "text"},
    [ITEM_CALL] = {"fc_standin",
                   "\"type\":\"function_call\",\"call_id\":\"call_standin\","
                   "\"name\":\"answer\",\"arguments\":\"",
                   "\"", "", "", NULL, "function_call_arguments", "",
                   "arguments"}};

/* How many tokens the reasoning shows. */
static unsigned summary_tokens(const struct completion *completion) {
  return completion->request->quirks->stream.tokens == TOKEN_REASONING
             ? completion_reasoning_tokens(completion)
             : 0;
}

static enum item_kind item_kind(const struct completion *completion,
                                unsigned token) {
  if (completion->request->quirks->stream.tokens == TOKEN_TOOL_CALL)
    return ITEM_CALL;
  return token < summary_tokens(completion) ? ITEM_REASONING : ITEM_MESSAGE;
}

/* Of a token's item: there is a second one only after reasoning. */
static unsigned item_index(const struct completion *completion,
                           unsigned token) {
  return item_kind(completion, token) != item_kind(completion, 0);
}

/* The arguments of a call are a JSON object, which is itself quoted. */
static void add_piece(const struct completion *completion, unsigned token,
                      struct buffer *out) {
  bool quotes = item_kind(completion, token) == ITEM_CALL;
  if (quotes && token == 0)
    buffer_add_text(out, "{\\\"text\\\":\\\"");
  buffer_add_text(out, completion_token(completion, token));
  if (quotes && token + 1 == completion->completion_tokens)
    buffer_add_text(out, "\\\"}");
}

/* The whole text of the item that has this token. */
static void add_text(const struct completion *completion, unsigned token,
                     struct buffer *out) {
  for (unsigned i = 0; i < completion->completion_tokens; i++)
    if (item_kind(completion, i) == item_kind(completion, token))
      add_piece(completion, i, out);
}

static void add_part(const struct completion *completion, unsigned token,
                     bool done, struct buffer *out) {
  const struct item_format *format = &formats[item_kind(completion, token)];
  buffer_add_text(out, format->part);
  if (done)
    add_text(completion, token, out);
  buffer_add_text(out, format->part_end);
}

static void add_item(const struct completion *completion, unsigned token,
                     bool done, struct buffer *out) {
  const struct item_format *format = &formats[item_kind(completion, token)];
  buffer_add_format(out, "{\"id\":\"%s\",\"status\":\"%s\",%s", format->id,
                    done ? "completed" : "in_progress", format->members);
  if (done)
    add_part(completion, token, done, out);
  buffer_add_format(out, "%s}", format->end);
}

static void add_output(const struct completion *completion,
                       struct buffer *out) {
  unsigned last = completion->completion_tokens - 1;
  buffer_add_text(out, "\"output\":[");
  if (completion_has_visible_tokens(completion)) {
    add_item(completion, 0, true, out);
    if (item_index(completion, last) > 0) {
      buffer_add_text(out, ",");
      add_item(completion, last, true, out);
    }
  } else if (completion_reasoning_tokens(completion) > 0) {
    buffer_add_text(out, "{\"id\":\"rs_standin\",\"type\":\"reasoning\","
                         "\"summary\":[]}");
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

/* Where a token belongs; more members follow. */
static void add_place(const struct completion *completion, unsigned token,
                      struct buffer *out) {
  const struct item_format *format = &formats[item_kind(completion, token)];
  buffer_add_format(out, ",\"item_id\":\"%s\",\"output_index\":%u,%s",
                    format->id, item_index(completion, token),
                    format->part_index);
}

/* Frees the members. */
static void add_change(struct event_stream *stream, const char *what,
                       const char *change, struct buffer *members) {
  struct buffer name = {0};
  buffer_add_format(&name, "response.%s.%s", what, change);
  add_event(stream, buffer_text(&name), members, 0, false);
  buffer_close(&name);
}

static void change_item(struct event_stream *stream, unsigned token,
                        bool done) {
  struct buffer members = {0};
  buffer_add_format(&members, ",\"output_index\":%u,\"item\":",
                    item_index(stream->completion, token));
  add_item(stream->completion, token, done, &members);
  add_change(stream, "output_item", done ? "done" : "added", &members);
}

static void change_part(struct event_stream *stream, unsigned token,
                        bool done) {
  enum item_kind kind = item_kind(stream->completion, token);
  struct buffer members = {0};
  if (formats[kind].part_name == NULL)
    return;
  add_place(stream->completion, token, &members);
  buffer_add_text(&members, "\"part\":");
  add_part(stream->completion, token, done, &members);
  add_change(stream, formats[kind].part_name, done ? "done" : "added",
             &members);
}

static void start_item(struct event_stream *stream) {
  change_item(stream, stream->sent, false);
  change_part(stream, stream->sent, false);
}

/* That of the token before. */
static void stop_item(struct event_stream *stream) {
  unsigned token = stream->sent - 1;
  enum item_kind kind = item_kind(stream->completion, token);
  struct buffer text = {0};
  add_place(stream->completion, token, &text);
  buffer_add_format(&text, "\"%s\":\"", formats[kind].text);
  add_text(stream->completion, token, &text);
  buffer_add_text(&text, "\"");
  add_change(stream, formats[kind].text_name, "done", &text);
  change_part(stream, token, true);
  change_item(stream, token, true);
}

static void begin(struct event_stream *stream) {
  add_beginning(stream, "response.created");
  add_beginning(stream, "response.in_progress");
  if (completion_has_visible_tokens(stream->completion))
    start_item(stream);
}

static void token(struct event_stream *stream, unsigned wait_ms) {
  const struct completion *completion = stream->completion;
  enum item_kind kind = item_kind(completion, stream->sent);
  struct buffer name = {0}, delta = {0};
  if (stream->sent > 0 && item_kind(completion, stream->sent - 1) != kind) {
    stop_item(stream);
    start_item(stream);
  }
  buffer_add_format(&name, "response.%s.delta", formats[kind].text_name);
  add_place(completion, stream->sent, &delta);
  buffer_add_text(&delta, "\"delta\":\"");
  add_piece(completion, stream->sent, &delta);
  buffer_add_text(&delta, "\"");
  add_event(stream, buffer_text(&name), &delta, wait_ms, true);
  buffer_close(&name);
}

static void finish(struct event_stream *stream) {
  if (completion_has_visible_tokens(stream->completion))
    stop_item(stream);
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
