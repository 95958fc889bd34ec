#include "chat.h"

#include "chat_stream.h"

#include <math.h>
#include <string.h>
#include <yajl/yajl_tree.h>

static const char *const tokens[] = {"Pong!", " How",   " can",  " I",
                                     " help", " you",   " with", " this",
                                     " test", " today?"};
enum { REPLY_TOKENS = sizeof(tokens) / sizeof(tokens[0]) };

static const char *const invalid_request = "invalid_request_error";

static bool account_has_model(const struct account *account,
                              const char *model) {
  for (const char *const *known = account->models; *known != NULL; known++) {
    if (strcmp(*known, model) == 0)
      return true;
  }
  return false;
}

static yajl_val member(yajl_val object, const char *name, yajl_type type) {
  return yajl_tree_get(object, (const char *[]){name, NULL}, type);
}

/* Three for the start of the reply, four per message, and one per four bytes of
 * text, rounded up: 8 for a single "ping", like a real tokenizer. */
static unsigned count_prompt_tokens(yajl_val messages) {
  size_t count = 3;
  for (size_t i = 0; i < YAJL_GET_ARRAY(messages)->len; i++) {
    yajl_val message = YAJL_GET_ARRAY(messages)->values[i];
    yajl_val content = member(message, "content", yajl_t_string);
    count += 4;
    if (content != NULL)
      count += (strlen(content->u.string) + 3) / 4;
  }
  return (unsigned)count;
}

static bool reject(struct response *response, const char *message,
                   const char *param, const char *code) {
  response_set_error(response, &(struct api_error){.status = 400,
                                                   .message = message,
                                                   .type = invalid_request,
                                                   .param = param,
                                                   .code = code});
  return false;
}

static bool chat_read_messages(struct chat *chat, yajl_val root,
                               struct response *response) {
  yajl_val model = member(root, "model", yajl_t_string);
  if (model == NULL)
    return reject(response, "you must provide a model parameter", NULL, NULL);
  yajl_val messages = member(root, "messages", yajl_t_array);
  if (messages == NULL || YAJL_GET_ARRAY(messages)->len == 0)
    return reject(response, "Missing required parameter: 'messages'.",
                  "messages", "missing_required_parameter");
  chat->model = YAJL_GET_STRING(model);
  chat->prompt_tokens = count_prompt_tokens(messages);
  return true;
}

static bool is_valid_limit(yajl_val limit) {
  return limit == NULL ||
         (YAJL_IS_INTEGER(limit) && YAJL_GET_INTEGER(limit) >= 1);
}

static bool chat_read_limit(struct chat *chat, yajl_val root,
                            struct response *response) {
  const struct quirks *quirks = chat->request->quirks;
  yajl_val old = member(root, "max_tokens", yajl_t_any);
  yajl_val limit = member(root, "max_completion_tokens", yajl_t_any);
  if (old != NULL && quirks->rejects_max_tokens)
    return reject(response,
                  "Unsupported parameter: 'max_tokens' is not supported with "
                  "this model. Use 'max_completion_tokens' instead.",
                  "max_tokens", "unsupported_parameter");
  if (old != NULL && limit != NULL)
    return reject(response,
                  "Setting 'max_tokens' and 'max_completion_tokens' at the "
                  "same time is not supported.",
                  "max_tokens", NULL);
  if (!is_valid_limit(old))
    return reject(response, "Invalid 'max_tokens': integer >= 1 expected",
                  "max_tokens", "integer_below_min_value");
  if (!is_valid_limit(limit))
    return reject(response,
                  "Invalid 'max_completion_tokens': integer >= 1 expected",
                  "max_completion_tokens", "integer_below_min_value");
  limit = limit == NULL ? old : limit;
  if (limit != NULL && YAJL_GET_INTEGER(limit) < quirks->min_tokens)
    return reject(response,
                  "Could not finish the message because max_tokens or model "
                  "output limit was reached. Please try again with higher "
                  "max_tokens.",
                  NULL, NULL);
  chat->completion_tokens = REPLY_TOKENS;
  if (limit != NULL && YAJL_GET_INTEGER(limit) < REPLY_TOKENS)
    chat->completion_tokens = (unsigned)YAJL_GET_INTEGER(limit);
  return true;
}

static bool chat_read_stream(struct chat *chat, yajl_val root,
                             struct response *response) {
  const char *usage[] = {"stream_options", "include_usage", NULL};
  yajl_val stream = member(root, "stream", yajl_t_any);
  bool asked = stream != NULL && YAJL_IS_TRUE(stream);
  if (!asked && member(root, "stream_options", yajl_t_any) != NULL)
    return reject(response,
                  "The 'stream_options' parameter is only allowed when "
                  "'stream' is enabled.",
                  "stream_options", NULL);
  enum stream_mode mode = chat->request->quirks->stream.mode;
  chat->streams = mode == STREAM_ON_REQUEST ? asked : mode == STREAM_ALWAYS;
  yajl_val includes_usage = yajl_tree_get(root, usage, yajl_t_any);
  chat->includes_usage = includes_usage != NULL && YAJL_IS_TRUE(includes_usage);
  return true;
}

void chat_add_head(const struct chat *chat, const char *object,
                   struct buffer *out) {
  const struct quirks *quirks = chat->request->quirks;
  buffer_add_format(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%.0f,",
                    chat->id, object, floor(chat->request->time));
  if (quirks->model == NULL) {
    struct buffer name = {0};
    buffer_add_text(&name, chat->model);
    if (quirks->model_suffix != NULL)
      buffer_add_text(&name, quirks->model_suffix);
    buffer_add_text(out, "\"model\":");
    buffer_add_json(out, name.data, name.size);
    buffer_add_text(out, ",");
    buffer_close(&name);
  } else if (*quirks->model != '\0') {
    buffer_add_format(out, "\"model\":%s,", quirks->model);
  }
  buffer_add_text(out, "\"system_fingerprint\":\"fp_standin\",");
}

const char *chat_token(const struct chat *chat, unsigned number) {
  return chat->request->quirks->stream.tokens == TOKEN_BLANK ? "\\n"
                                                             : tokens[number];
}

const char *chat_finish_reason(const struct chat *chat) {
  const struct quirks *quirks = chat->request->quirks;
  enum token_kind kind = quirks->stream.tokens;
  if (quirks->finish_reason != NULL)
    return quirks->finish_reason;
  if (kind == TOKEN_ABSENT || kind == TOKEN_BLANK)
    return "stop";
  if (chat->completion_tokens < REPLY_TOKENS || kind == TOKEN_HIDDEN)
    return "length";
  return kind == TOKEN_TOOL_CALL ? "tool_calls" : "stop";
}

unsigned chat_reasoning_tokens(const struct chat *chat) {
  switch (chat->request->quirks->stream.tokens) {
  case TOKEN_REASONING:
    return (chat->completion_tokens + 1) / 2;
  case TOKEN_HIDDEN:
    return chat->completion_tokens;
  default:
    return 0;
  }
}

void chat_add_usage(const struct chat *chat, unsigned completion_tokens,
                    struct buffer *out) {
  const char *usage = chat->request->quirks->usage;
  unsigned reasoning_tokens = chat_reasoning_tokens(chat);
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

bool chat_has_visible_tokens(const struct chat *chat) {
  enum token_kind kind = chat->request->quirks->stream.tokens;
  return kind != TOKEN_HIDDEN && kind != TOKEN_ABSENT;
}

static void chat_write_plain(const struct chat *chat,
                             struct response *response) {
  struct buffer *body = &response->body;
  bool parts = chat->request->quirks->stream.tokens == TOKEN_CONTENT_PART;
  chat_add_head(chat, "chat.completion", body);
  buffer_add_text(body, "\"choices\":[{\"index\":0,\"message\":{"
                        "\"role\":\"assistant\",\"content\":");
  buffer_add_text(body, parts ? "[{\"type\":\"text\",\"text\":\"" : "\"");
  for (unsigned i = 0;
       chat_has_visible_tokens(chat) && i < chat->completion_tokens; i++)
    buffer_add_text(body, chat_token(chat, i));
  buffer_add_format(body,
                    "\"%s,\"refusal\":null},\"logprobs\":null,"
                    "\"finish_reason\":\"%s\"}]",
                    parts ? "}]" : "", chat_finish_reason(chat));
  chat_add_usage(chat, chat->completion_tokens, body);
  buffer_add_text(body, "}");
}

static void chat_charge(const struct chat *chat, struct account *account) {
  double cost =
      (chat->prompt_tokens + chat->completion_tokens) * account->price / 1e6;
  account->balance -= cost;
  account->used += cost;
}

static void chat_write(struct chat *chat, struct response *response) {
  struct buffer id = {0};
  buffer_add_text(&id, "chatcmpl-");
  buffer_add(&id, response->request_id.data, response->request_id.size);
  chat->id = buffer_text(&id);
  if (chat->streams)
    chat_stream_write(chat, response);
  else
    chat_write_plain(chat, response);
  buffer_close(&id);
}

static void reject_model(const char *model, struct response *response) {
  struct buffer message = {0};
  buffer_add_format(&message,
                    "The model `%s` does not exist or you do not have access "
                    "to it.",
                    model);
  response_set_error(response,
                     &(struct api_error){.status = 404,
                                         .message = buffer_text(&message),
                                         .type = invalid_request,
                                         .code = "model_not_found"});
  buffer_close(&message);
}

static void chat_respond(struct account *account, struct chat *chat,
                         yajl_val root, struct response *response) {
  if (!chat_read_messages(chat, root, response) ||
      !chat_read_limit(chat, root, response) ||
      !chat_read_stream(chat, root, response))
    return;
  if (!account_has_model(account, chat->model)) {
    reject_model(chat->model, response);
    return;
  }
  chat_write(chat, response);
  chat_charge(chat, account);
}

void chat_handle(struct account *account, const struct api_request *request,
                 struct response *response) {
  struct chat chat = {.request = request};
  struct buffer text = {0};
  buffer_add(&text, request->body, request->body_size);
  yajl_val root = yajl_tree_parse(buffer_text(&text), NULL, 0);
  if (root == NULL)
    reject(response, "We could not parse the JSON body of your request.", NULL,
           NULL);
  else if (account->balance <= 0 && !account->unlimited)
    response_set_error(
        response,
        &(struct api_error){.status = 429,
                            .message =
                                "You exceeded your current quota, please check "
                                "your plan and billing details.",
                            .type = "insufficient_quota",
                            .code = "insufficient_quota"});
  else
    chat_respond(account, &chat, root, response);
  yajl_tree_free(root);
  buffer_close(&text);
}
