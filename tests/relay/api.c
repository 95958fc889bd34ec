#include "api.h"

#include "balance.h"
#include "chat.h"
#include "model_list.h"

#include <string.h>

struct route {
  const char *suffix; /* of the path */
  const char *method;
  const char *endpoint;
  void (*answer)(struct account *account, const struct call *call,
                 struct answer *answer);
};

static const struct route routes[] = {
    {"/v1/models", "GET", "models", catalogue_answer},
    {"/v1/chat/completions", "POST", "chat/completions", chat_answer},
    {"/v1/billing", "GET", "billing", balance_answer_billing},
    {"/dashboard/billing/subscription", "GET", "billing",
     balance_answer_subscription},
    {"/dashboard/billing/usage", "GET", "billing", balance_answer_usage},
    {"/api/usage/token/", "GET", "billing", balance_answer_token},
    {"/api/usage/token", "GET", "billing", balance_answer_token_redirect},
    {"/v1/credits", "GET", "billing", balance_answer_credits},
    {"/v1/key", "GET", "billing", balance_answer_key},
    {"/user/balance", "GET", "billing", balance_answer_user},
    {"/v1/usage", "GET", "billing", balance_answer_gateway_usage},
    {"/v1/user/info", "GET", "billing", balance_answer_user_info},
    {"/v1/users/me/balance", "GET", "billing", balance_answer_me},
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
  answer_set_error(answer, &(struct api_error){.status = status,
                                               .message = buffer_text(&message),
                                               .type = "invalid_request_error",
                                               .code = code});
  buffer_close(&message);
}

static void refuse_key(const char *message, const char *code,
                       struct answer *answer) {
  answer_set_error(answer, &(struct api_error){.status = 401,
                                               .message = message,
                                               .type = "invalid_request_error",
                                               .code = code});
}

void account_answer(struct account *account, const struct call *call,
                    struct answer *answer) {
  if (call->route == NULL)
    refuse_path(call, "Unknown request URL", 404, "unknown_url", answer);
  else if (strcmp(call->method, call->route->method) != 0)
    refuse_path(call, "Method not allowed", 405, "method_not_supported",
                answer);
  else if (call->key == NULL)
    refuse_key("You didn't provide an API key. You need to provide your API "
               "key in an Authorization header using Bearer auth.",
               NULL, answer);
  else if (!account_has_key(account, call->key))
    refuse_key("Incorrect API key provided. You can find your API key at "
               "https://platform.openai.com/account/api-keys.",
               "invalid_api_key", answer);
  else
    call->route->answer(account, call, answer);
}
