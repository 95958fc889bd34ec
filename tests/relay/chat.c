#include "chat.h"

#include "chat_stream.h"

#include <math.h>
#include <string.h>

static bool chat_read_messages(struct completion *chat, yajl_val root,
                               struct response *response) {
  yajl_val messages = completion_member(root, "messages", yajl_t_array);
  if (messages == NULL || YAJL_GET_ARRAY(messages)->len == 0)
    return completion_reject(response,
                             "Missing required parameter: 'messages'.",
                             "messages", "missing_required_parameter");
  completion_read_messages(chat, messages);
  return true;
}

static bool chat_read_limit(struct completion *chat, yajl_val root,
                            struct response *response) {
  const struct quirks *quirks = chat->request->quirks;
  yajl_val old = completion_member(root, "max_tokens", yajl_t_any);
  yajl_val limit = completion_member(root, "max_completion_tokens", yajl_t_any);
  if (old != NULL && quirks->rejects_max_tokens)
    return completion_reject(
        response,
        "Unsupported parameter: 'max_tokens' is not supported with "
        "this model. Use 'max_completion_tokens' instead.",
        "max_tokens", "unsupported_parameter");
  if (old != NULL && limit != NULL)
    return completion_reject(
        response,
        "Setting 'max_tokens' and 'max_completion_tokens' at the "
        "same time is not supported.",
        "max_tokens", NULL);
  if (!completion_is_valid_limit(old))
    return completion_reject(response,
                             "Invalid 'max_tokens': integer >= 1 expected",
                             "max_tokens", "integer_below_min_value");
  if (!completion_is_valid_limit(limit))
    return completion_reject(
        response, "Invalid 'max_completion_tokens': integer >= 1 expected",
        "max_completion_tokens", "integer_below_min_value");
  limit = limit == NULL ? old : limit;
  if (limit != NULL && YAJL_GET_INTEGER(limit) < quirks->min_tokens)
    return completion_reject(
        response,
        "Could not finish the message because max_tokens or model "
        "output limit was reached. Please try again with higher "
        "max_tokens.",
        NULL, NULL);
  completion_limit(chat, limit);
  return true;
}

static bool chat_read_stream(struct completion *chat, yajl_val root,
                             struct response *response) {
  const char *usage[] = {"stream_options", "include_usage", NULL};
  bool asked = completion_read_stream(chat, root);
  if (!asked && completion_member(root, "stream_options", yajl_t_any) != NULL)
    return completion_reject(
        response,
        "The 'stream_options' parameter is only allowed when "
        "'stream' is enabled.",
        "stream_options", NULL);
  yajl_val includes_usage = yajl_tree_get(root, usage, yajl_t_any);
  chat->includes_usage = includes_usage != NULL && YAJL_IS_TRUE(includes_usage);
  return true;
}

void chat_add_head(const struct completion *chat, const char *object,
                   struct buffer *out) {
  buffer_add_format(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%.0f,",
                    chat->id, object, floor(chat->request->time));
  completion_add_model(chat, out);
  buffer_add_text(out, "\"system_fingerprint\":\"fp_standin\",");
}

const char *chat_finish_reason(const struct completion *chat) {
  const struct quirks *quirks = chat->request->quirks;
  enum token_kind kind = quirks->stream.tokens;
  if (quirks->finish_reason != NULL)
    return quirks->finish_reason;
  if (kind == TOKEN_ABSENT || kind == TOKEN_BLANK)
    return "stop";
  if (chat->completion_tokens < chat->reply_tokens || kind == TOKEN_HIDDEN)
    return "length";
  return kind == TOKEN_TOOL_CALL ? "tool_calls" : "stop";
}

void chat_add_usage(const struct completion *chat, unsigned completion_tokens,
                    struct buffer *out) {
  const char *usage = chat->request->quirks->usage;
  unsigned reasoning_tokens = completion_reasoning_tokens(chat);
  if (usage != NULL && *usage == '\0')
    return;
  buffer_add_text(out, ",\"usage\":");
  if (usage != NULL)
    buffer_add_text(out, usage);
  else
    buffer_add_format(
        out,
        "{\"prompt_tokens\":%u,\"completion_tokens\":%u,\"total_tokens\":%u,"
        "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
        "\"completion_tokens_details\":{\"reasoning_tokens\":%u,"
        "\"audio_tokens\":0}}",
        chat->prompt_tokens, completion_tokens,
        chat->prompt_tokens + completion_tokens,
        reasoning_tokens < completion_tokens ? reasoning_tokens
                                             : completion_tokens);
}

static void chat_write_plain(const struct completion *chat,
                             struct response *response) {
  struct buffer *body = &response->body;
  bool parts = chat->request->quirks->stream.tokens == TOKEN_CONTENT_PART;
  chat_add_head(chat, "chat.completion", body);
  buffer_add_text(body, "\"choices\":[{\"index\":0,\"message\":{"
                        "\"role\":\"assistant\",\"content\":");
  buffer_add_text(body, parts ? "[{\"type\":\"text\",\"text\":\"" : "\"");
  for (unsigned i = 0;
       completion_has_visible_tokens(chat) && i < chat->completion_tokens; i++)
    buffer_add_text(body, completion_token(chat, i));
  buffer_add_format(body,
                    "\"%s,\"refusal\":null},\"logprobs\":null,"
                    "\"finish_reason\":\"%s\"}]",
                    parts ? "}]" : "", chat_finish_reason(chat));
  chat_add_usage(chat, chat->completion_tokens, body);
  buffer_add_text(body, "}");
}

static bool chat_read(struct completion *chat, yajl_val root,
                      struct response *response) {
  return chat_read_messages(chat, root, response) &&
         chat_read_limit(chat, root, response) &&
         chat_read_stream(chat, root, response);
}

static void chat_write(const struct completion *chat,
                       struct response *response) {
  if (chat->streams)
    chat_stream_write(chat, response);
  else
    chat_write_plain(chat, response);
}

void chat_handle(struct account *account, const struct api_request *request,
                 struct response *response) {
  static const struct completion_api api = {
      .id_prefix = "chatcmpl-", .read = chat_read, .write = chat_write};
  completion_handle(&api, account, request, response);
}
