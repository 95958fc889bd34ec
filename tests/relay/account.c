#include "account.h"

#include "balance.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <yajl/yajl_tree.h>

struct route {
  const char *suffix; /* of the path */
  const char *method;
  const char *endpoint;
  void (*answer)(struct account *account, const struct call *call,
                 struct answer *answer);
};

static void answer_models(struct account *account, const struct call *call,
                          struct answer *answer) {
  (void)call;
  struct buffer *body = &answer->body;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[");
  for (const char *const *model = account->models; *model != NULL; model++) {
    buffer_add_text(body, model == account->models ? "{\"id\":" : ",{\"id\":");
    buffer_add_json(body, *model, strlen(*model));
    buffer_add_text(body, ",\"object\":\"model\",\"created\":1700000000,"
                          "\"owned_by\":\"stand-in\"}");
  }
  buffer_add_text(body, "]}");
}

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

static void chat_answer(struct account *account, const struct call *call,
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
    answer_set_error(answer, 400, "you must provide a model parameter", type,
                     NULL);
    return false;
  }
  yajl_val messages = member(request, "messages", yajl_t_array);
  if (messages == NULL || YAJL_GET_ARRAY(messages)->len == 0) {
    answer_set_error(answer, 400, "Missing required parameter: 'messages'.",
                     type, "missing_required_parameter");
    return false;
  }
  yajl_val most = member(request, "max_tokens", yajl_t_any);
  if (most != NULL && (!YAJL_IS_INTEGER(most) || YAJL_GET_INTEGER(most) < 1)) {
    answer_set_error(answer, 400, "Invalid 'max_tokens': integer >= 1 expected",
                     type, "integer_below_min_value");
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
  answer_set_error(answer, 404, buffer_text(&message), "invalid_request_error",
                   "model_not_found");
  buffer_close(&message);
}

static void answer_chat(struct account *account, const struct call *call,
                        struct answer *answer) {
  struct chat chat;
  struct buffer text = {0};
  buffer_add(&text, call->body, call->body_size);
  yajl_val request = yajl_tree_parse(buffer_text(&text), NULL, 0);
  if (request == NULL)
    answer_set_error(answer, 400,
                     "We could not parse the JSON body of your request.",
                     "invalid_request_error", NULL);
  else if (account->balance <= 0 && !account->unlimited)
    answer_set_error(answer, 429,
                     "You exceeded your current quota, please check your plan "
                     "and billing details.",
                     "insufficient_quota", "insufficient_quota");
  else if (chat_read(&chat, request, answer)) {
    if (account_has_model(account, chat.model))
      chat_answer(account, call, &chat, answer);
    else
      refuse_model(chat.model, answer);
  }
  yajl_tree_free(request);
  buffer_close(&text);
}

static const struct route routes[] = {
    {"/v1/models", "GET", "models", answer_models},
    {"/v1/chat/completions", "POST", "chat/completions", answer_chat},
    {"/v1/billing", "GET", "billing", balance_answer_billing},
    {"/dashboard/billing/subscription", "GET", "billing",
     balance_answer_subscription},
    {"/dashboard/billing/usage", "GET", "billing", balance_answer_usage},
    {"/api/usage/token", "GET", "billing", balance_answer_token},
    {"/v1/credits", "GET", "billing", balance_answer_credits},
    {"/v1/key", "GET", "billing", balance_answer_key},
    {"/user/balance", "GET", "billing", balance_answer_user},
};

const struct route *route_find(const char *path) {
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
    if (text_ends_with(path, routes[i].suffix))
      return &routes[i];
  }
  return NULL;
}

const char *route_endpoint(const struct route *route) {
  return route == NULL ? "" : route->endpoint;
}

static bool account_has_key(const struct account *account, const char *key) {
  if (key == NULL)
    return false;
  if (account->keys[0] == NULL)
    return strncmp(key, "sk-test", 7) == 0;
  for (const char *const *known = account->keys; *known != NULL; known++) {
    if (strcmp(*known, key) == 0)
      return true;
  }
  return false;
}

static void refuse_path(const struct call *call, const char *hint,
                        unsigned status, const char *code,
                        struct answer *answer) {
  struct buffer message = {0};
  buffer_add_format(&message, "%s: %s %s", hint, call->method, call->path);
  answer_set_error(answer, status, buffer_text(&message),
                   "invalid_request_error", code);
  buffer_close(&message);
}

void account_answer(struct account *account, const struct call *call,
                    struct answer *answer) {
  if (call->route == NULL)
    refuse_path(call, "Unknown request URL", 404, "unknown_url", answer);
  else if (strcmp(call->method, call->route->method) != 0)
    refuse_path(call, "Method not allowed", 405, "method_not_supported",
                answer);
  else if (call->key == NULL)
    answer_set_error(answer, 401,
                     "You didn't provide an API key. You need to provide your "
                     "API key in an Authorization header using Bearer auth.",
                     "invalid_request_error", NULL);
  else if (!account_has_key(account, call->key))
    answer_set_error(answer, 401,
                     "Incorrect API key provided. You can find your API key at "
                     "https://platform.openai.com/account/api-keys.",
                     "invalid_request_error", "invalid_api_key");
  else
    call->route->answer(account, call, answer);
}
