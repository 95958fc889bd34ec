#include "api.h"

#include "balance.h"
#include "chat.h"
#include "embeddings.h"
#include "messages.h"
#include "model_list.h"
#include "responses.h"

#include <string.h>

struct route {
  const char *suffix; /* of the path */
  const char *method;
  const char *endpoint;
  void (*handle)(struct account *account, const struct api_request *request,
                 struct response *response);
  bool completes;
  bool anthropic; /* errors have Anthropic's format */
};

static const struct route routes[] = {
    {.suffix = "/v1/models",
     .method = "GET",
     .endpoint = "models",
     .handle = model_list_handle},
    {.suffix = "/v1/chat/completions",
     .method = "POST",
     .endpoint = "chat/completions",
     .handle = chat_handle,
     .completes = true},
    {.suffix = "/v1/messages",
     .method = "POST",
     .endpoint = "messages",
     .handle = messages_handle,
     .completes = true,
     .anthropic = true},
    {.suffix = "/v1/responses",
     .method = "POST",
     .endpoint = "responses",
     .handle = responses_handle,
     .completes = true},
    {.suffix = "/v1/embeddings",
     .method = "POST",
     .endpoint = "embeddings",
     .handle = embeddings_handle},
    {.suffix = "/v1/billing",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_billing},
    {.suffix = "/dashboard/billing/subscription",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_subscription},
    {.suffix = "/dashboard/billing/usage",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_usage},
    {.suffix = "/api/usage/token/",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_token},
    {.suffix = "/api/usage/token",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_token_redirect},
    {.suffix = "/v1/credits",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_credits},
    {.suffix = "/v1/key",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_key},
    {.suffix = "/user/balance",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_user_balance},
    {.suffix = "/v1/usage",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_sub2api_usage},
    {.suffix = "/v1/user/info",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_user_info},
    {.suffix = "/v1/users/me/balance",
     .method = "GET",
     .endpoint = "billing",
     .handle = balance_handle_users_me},
};

const struct route *route_find(const char *path) {
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
    if (text_ends_with(path, routes[i].suffix))
      return &routes[i];
  }
  return NULL;
}

bool endpoint_completes(const char *name) {
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
    if (routes[i].completes && strcmp(name, routes[i].endpoint) == 0)
      return true;
  }
  return false;
}

bool route_is_endpoint(const char *name) {
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
    if (strcmp(name, routes[i].endpoint) == 0)
      return true;
  }
  return false;
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

static void reject_path(const struct api_request *request, const char *hint,
                        unsigned status, const char *code,
                        struct response *response) {
  struct buffer message = {0};
  buffer_add_format(&message, "%s: %s %s", hint, request->method,
                    request->path);
  response_set_error(response,
                     &(struct api_error){.status = status,
                                         .message = buffer_text(&message),
                                         .type = "invalid_request_error",
                                         .code = code});
  buffer_close(&message);
}

static void reject_key(const char *message, const char *code,
                       struct response *response) {
  response_set_error(response,
                     &(struct api_error){.status = 401,
                                         .message = message,
                                         .type = "invalid_request_error",
                                         .code = code});
}

void api_respond(struct account *account, const struct api_request *request,
                 struct response *response) {
  response->anthropic = request->route != NULL && request->route->anthropic;
  if (request->route == NULL)
    reject_path(request, "Unknown request URL", 404, "unknown_url", response);
  else if (strcmp(request->method, request->route->method) != 0)
    reject_path(request, "Method not allowed", 405, "method_not_supported",
                response);
  else if (request->key == NULL)
    reject_key("You didn't provide an API key. You need to provide your API "
               "key in an Authorization header using Bearer auth.",
               NULL, response);
  else if (!account_has_key(account, request->key))
    reject_key("Incorrect API key provided. You can find your API key at "
               "https://platform.openai.com/account/api-keys.",
               "invalid_api_key", response);
  else
    request->route->handle(account, request, response);
}
