#include "chat.h"

#include <math.h>
#include <string.h>
#include <yajl/yajl_tree.h>

/* A chat request, as far as the relay reads it. */
struct chat {
  const char *model;
  unsigned prompt_tokens;
  unsigned max_tokens;
};

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

/* Three for the answer's beginning, four for each message, one for each four
 * bytes of text begun: 8 for a single "ping", as a real tokenizer has it. */
static unsigned count_prompt_tokens(yajl_val messages) {
  size_t tokens = 3;
  for (size_t i = 0; i < YAJL_GET_ARRAY(messages)->len; i++) {
    yajl_val message = YAJL_GET_ARRAY(messages)->values[i];
    yajl_val content = member(message, "content", yajl_t_string);
    tokens += 4;
    if (content != NULL)
      tokens += (strlen(content->u.string) + 3) / 4;
  }
  return (unsigned)tokens;
}

/* Each word is a token. */
static const char *const reply[] = {"Pong!", " How",   " can",  " I",
                                    " help", " you",   " with", " this",
                                    " test", " today?"};
enum { REPLY_TOKENS = sizeof(reply) / sizeof(reply[0]) };

static void chat_write(struct account *account, const struct call *call,
                       const struct chat *chat, struct answer *answer) {
  unsigned completion_tokens =
      chat->max_tokens < REPLY_TOKENS ? chat->max_tokens : REPLY_TOKENS;
  struct buffer *body = &answer->body;
  buffer_add_text(body, "{\"id\":\"chatcmpl-");
  buffer_add(body, answer->request_id.data, answer->request_id.size);
  buffer_add_format(body,
                    "\",\"object\":\"chat.completion\",\"created\":%.0f,"
                    "\"model\":",
                    floor(call->time));
  buffer_add_json(body, chat->model, strlen(chat->model));
  buffer_add_text(body, ",\"choices\":[{\"index\":0,\"message\":{"
                        "\"role\":\"assistant\",\"content\":\"");
  for (unsigned i = 0; i < completion_tokens; i++)
    buffer_add_text(body, reply[i]);
  unsigned total = chat->prompt_tokens + completion_tokens;
  buffer_add_format(body,
                    "\"},\"logprobs\":null,\"finish_reason\":\"%s\"}],"
                    "\"usage\":{\"prompt_tokens\":%u,\"completion_tokens\":%u,"
                    "\"total_tokens\":%u}}",
                    completion_tokens < REPLY_TOKENS ? "length" : "stop",
                    chat->prompt_tokens, completion_tokens, total);
  double cost = total * account->price / 1e6;
  account->balance -= cost;
  account->used += cost;
}

/* Reads the request; if that is not what it should be, makes the answer. */
static bool chat_read(struct chat *chat, yajl_val request,
                      struct answer *answer) {
  static const char *const type = "invalid_request_error";
  yajl_val model = member(request, "model", yajl_t_string);
  if (model == NULL) {
    answer_set_error(
        answer,
        &(struct api_error){.status = 400,
                            .message = "you must provide a model parameter",
                            .type = type});
    return false;
  }
  yajl_val messages = member(request, "messages", yajl_t_array);
  if (messages == NULL || YAJL_GET_ARRAY(messages)->len == 0) {
    answer_set_error(answer,
                     &(struct api_error){
                         .status = 400,
                         .message = "Missing required parameter: 'messages'.",
                         .type = type,
                         .code = "missing_required_parameter"});
    return false;
  }
  yajl_val most = member(request, "max_tokens", yajl_t_any);
  if (most != NULL && (!YAJL_IS_INTEGER(most) || YAJL_GET_INTEGER(most) < 1)) {
    answer_set_error(
        answer, &(struct api_error){
                    .status = 400,
                    .message = "Invalid 'max_tokens': integer >= 1 expected",
                    .type = type,
                    .code = "integer_below_min_value"});
    return false;
  }
  chat->model = YAJL_GET_STRING(model);
  chat->prompt_tokens = count_prompt_tokens(messages);
  chat->max_tokens = REPLY_TOKENS;
  if (most != NULL && YAJL_GET_INTEGER(most) < REPLY_TOKENS)
    chat->max_tokens = (unsigned)YAJL_GET_INTEGER(most);
  return true;
}

static void refuse_model(const char *model, struct answer *answer) {
  struct buffer message = {0};
  buffer_add_format(&message,
                    "The model `%s` does not exist or you do not have access "
                    "to it.",
                    model);
  answer_set_error(answer, &(struct api_error){.status = 404,
                                               .message = buffer_text(&message),
                                               .type = "invalid_request_error",
                                               .code = "model_not_found"});
  buffer_close(&message);
}

void chat_answer(struct account *account, const struct call *call,
                 struct answer *answer) {
  struct chat chat;
  struct buffer text = {0};
  buffer_add(&text, call->body, call->body_size);
  yajl_val request = yajl_tree_parse(buffer_text(&text), NULL, 0);
  if (request == NULL)
    answer_set_error(
        answer,
        &(struct api_error){
            .status = 400,
            .message = "We could not parse the JSON body of your request.",
            .type = "invalid_request_error"});
  else if (account->balance <= 0 && !account->unlimited)
    answer_set_error(
        answer,
        &(struct api_error){
            .status = 429,
            .message =
                "You exceeded your current quota, please check your plan "
                "and billing details.",
            .type = "insufficient_quota",
            .code = "insufficient_quota"});
  else if (chat_read(&chat, request, answer)) {
    if (account_has_model(account, chat.model))
      chat_write(account, call, &chat, answer);
    else
      refuse_model(chat.model, answer);
  }
  yajl_tree_free(request);
  buffer_close(&text);
}
