/* What relays, gateways and providers say when something is wrong, in the
 * shapes and the words of each, and the verdict that it deserves. The texts are
 * ours: what matters is their kind. */
#include "answer.h"
#include "probe.h"
#include "unit.h"

#include <string.h>

static char model[] = "gpt-9";

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static struct outcome outcome_of(const struct probe_settings *probe, int status,
                                 const char *body) {
  static struct answer answer; /* large */
  struct exchange exchange = unit_exchange(status);
  struct outcome outcome;
  answer_open(&answer, probe, NULL, &secrets);
  answer_feed(&answer, body, strlen(body), 0.1);
  answer_close(&answer, &exchange, &outcome);
  return outcome;
}

static struct outcome said_to_chat(int status, const char *body) {
  const struct probe_settings chat = {
      .kind = &chat_probe, .model = model, .timeout_ms = 30000};
  return outcome_of(&chat, status, body);
}

struct said {
  int status;
  enum cause cause;
  const char *body;
};

static void check(const struct said *said, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct outcome outcome = said_to_chat(said[i].status, said[i].body);
    ck_assert_msg(outcome.cause == said[i].cause, "%d %s: %s, not %s",
                  said[i].status, said[i].body, causes[outcome.cause].name,
                  causes[said[i].cause].name);
  }
}

#define ERROR(message, type, code)                                             \
  "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                   \
  "\",\"param\":null,\"code\":" code "}}"
#define MESSAGE(message) "{\"error\":{\"message\":\"" message "\"}}"
#define BARE(code, message)                                                    \
  "{\"code\":" code ",\"message\":\"" message "\",\"data\":null}"
#define ANTHROPIC(type, message)                                               \
  "{\"type\":\"error\",\"error\":{\"type\":\"" type                            \
  "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"
#define GOOGLE(code, status, message)                                          \
  "{\"error\":{\"code\":" code ",\"message\":\"" message                       \
  "\",\"status\":\"" status "\"}}"

/* --- money ---------------------------------------------------------------- */

START_TEST(test_quota) {
  static const struct said said[] = {
      /* providers */
      {400, CAUSE_QUOTA,
       ERROR("Access denied, your account must be in good standing.",
             "Arrearage", "\"Arrearage\"")},
      {403, CAUSE_QUOTA,
       ERROR("The free tier of this model is exhausted. Disable the \\\"free "
             "tier only\\\" mode to go on.",
             "AllocationQuota.FreeTierOnly", "null")},
      {429, CAUSE_QUOTA, BARE("\"1113\"", "您的账户已欠费，充值后再试。")},
      {429, CAUSE_QUOTA, MESSAGE("余额不足或没有可用的资源包，请充值")},
      {429, CAUSE_QUOTA, MESSAGE("您的套餐已到期，暂无法使用")},
      {403, CAUSE_QUOTA,
       BARE("30011", "This model needs a paid balance. Your paid balance is "
                     "insufficient, please top up.")},
      {500, CAUSE_QUOTA,
       "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":"
       "\"insufficient balance (1008)\"}}"},
      {200, CAUSE_QUOTA,
       "{\"base_resp\":{\"status_code\":1008,\"status_msg\":\"insufficient "
       "balance\"}}"},
      {400, CAUSE_QUOTA,
       ANTHROPIC("invalid_request_error",
                 "Your credit balance is too low to use this API. Go to Plans "
                 "& Billing.")},
      {400, CAUSE_QUOTA,
       ANTHROPIC("invalid_request_error",
                 "You have reached your specified API usage limits. You will "
                 "regain access on 2027-01-01.")},
      {429, CAUSE_QUOTA,
       "{\"code\":\"Some resource is exhausted\",\"error\":\"Your team has "
       "either used all credits or reached its monthly spending limit.\"}"},
      {403, CAUSE_QUOTA,
       "{\"code\":\"The caller does not have permission to do this\",\"error\""
       ":\"Your team doesn't have any credits yet.\"}"},
      {429, CAUSE_QUOTA,
       ERROR("Your account is not active, please check your billing details.",
             "billing_not_active", "\"billing_not_active\"")},
      {400, CAUSE_QUOTA,
       ERROR("Billing hard limit has been reached", "billing_limit_user_error",
             "\"billing_hard_limit_reached\"")},
      {403, CAUSE_QUOTA,
       ERROR("The request failed because your account has an overdue balance.",
             "Forbidden", "\"AccountOverdueError\"")},
      {429, CAUSE_QUOTA,
       ERROR("Your account has exhausted its free trial quota for the model.",
             "TooManyRequests", "\"QuotaExceeded\"")},
      {402, CAUSE_QUOTA,
       "{\"error\":\"You have exceeded your monthly included credits for "
       "inference providers.\"}"},
      {402, CAUSE_QUOTA,
       GOOGLE("402", "",
              "This request requires more credits, or fewer max_tokens.")},
      {412, CAUSE_QUOTA,
       "{\"error\":{\"message\":\"Account a-1 is suspended, possibly due to "
       "reaching the monthly spending limit\"}}"},
      {401, CAUSE_QUOTA,
       "{\"message\":\"Inactive subscription or usage limit reached\"}"},
      /* relays and gateways */
      {401, CAUSE_QUOTA,
       ERROR("Insufficient balance. Manage your billing here: "
             "https://billing.example/",
             "CreditsError", "null")},
      {403, CAUSE_QUOTA,
       "{\"code\":\"INSUFFICIENT_BALANCE\",\"message\":\"Account balance\"}"},
      {429, CAUSE_QUOTA,
       "{\"code\":\"DAILY_LIMIT_EXCEEDED\",\"message\":\"daily usage limit "
       "exceeded\"}"},
      {403, CAUSE_QUOTA,
       "{\"code\":\"SUBSCRIPTION_NOT_FOUND\",\"message\":\"no active "
       "subscription\"}"},
      {429, CAUSE_QUOTA,
       "{\"error\":\"Daily cost limit exceeded\",\"message\":\"已达到每日费用"
       "限制 ($10)\"}"},
      {429, CAUSE_QUOTA,
       ERROR("Budget has been exceeded! Current cost: 2.6, Max budget: 2.5",
             "budget_exceeded", "\"429\"")},
      {403, CAUSE_QUOTA,
       "{\"error\":{\"message\":\"Key limit exceeded. Manage it at "
       "https://relay.example/keys\",\"code\":403}}"},
      {403, CAUSE_QUOTA,
       ERROR("预扣费额度失败, 用户剩余额度: ¥0.01, 需要预扣费额度: ¥0.02",
             "new_api_error", "\"insufficient_user_quota\"")},
      {403, CAUSE_QUOTA,
       ERROR("token quota is not enough, token remain quota: $0.01",
             "new_api_error", "\"pre_consume_token_quota_failed\"")},
      {400, CAUSE_QUOTA, MESSAGE("订阅已过期，请续费后使用该密钥")},
      {401, CAUSE_QUOTA, MESSAGE("The subscription of this API key expired")},
      {200, CAUSE_QUOTA, "{\"success\":false,\"message\":\"用户余额不足\"}"},
      /* other languages */
      {403, CAUSE_QUOTA, MESSAGE("Saldo insuficiente en la cuenta")},
      {403, CAUSE_QUOTA, MESSAGE("Недостаточно средств на балансе")},
      {403, CAUSE_QUOTA, MESSAGE("Ihr Guthaben ist aufgebraucht")},
      {403, CAUSE_QUOTA, MESSAGE("残高不足です")},
      {403, CAUSE_QUOTA, MESSAGE("크레딧이 부족합니다")},
      {403, CAUSE_QUOTA, MESSAGE("帳戶餘額不足")},
  };
  check(said, COUNT_OF(said));
}
END_TEST

/* --- the key -------------------------------------------------------------- */

START_TEST(test_key) {
  static const struct said said[] = {
      {401, CAUSE_KEY_REJECTED,
       ERROR("You didn't provide an API key. Provide it in an Authorization "
             "header.",
             "invalid_request_error", "null")},
      {400, CAUSE_KEY_REJECTED,
       "{\"code\":\"Client specified an invalid argument\",\"error\":"
       "\"Incorrect API key provided: sk***x. Get one from "
       "https://console.example.\"}"},
      {400, CAUSE_KEY_REJECTED,
       "{\"error\":{\"code\":400,\"message\":\"{\\n \\\"error\\\": {\\n "
       "\\\"code\\\": 400,\\n \\\"message\\\": \\\"API key not valid.\\\",\\n"
       " \\\"status\\\": \\\"INVALID_ARGUMENT\\\"}}\",\"status\":\"Bad "
       "Request\"}}"},
      {400, CAUSE_KEY_REJECTED,
       "[{\"error\":{\"code\":400,\"message\":\"API key not valid.\","
       "\"status\":\"INVALID_ARGUMENT\",\"details\":[{\"reason\":"
       "\"API_KEY_INVALID\"}]}}]"},
      {400, CAUSE_KEY_REJECTED,
       "{\"error\":{\"code\":400,\"message\":\"No.\",\"status\":"
       "\"INVALID_ARGUMENT\",\"details\":[{\"reason\":\"API_KEY_INVALID\"}]}}"},
      {400, CAUSE_KEY_EXPIRED,
       GOOGLE("400", "INVALID_ARGUMENT",
              "API key expired. Please renew the API key.")},
      {403, CAUSE_KEY_REJECTED,
       GOOGLE("403", "PERMISSION_DENIED",
              "Your API key was reported as leaked. Use another API key.")},
      {400, CAUSE_KEY_EXPIRED,
       "{\"error\":{\"message\":\"Authentication Error - Expired Key. Key "
       "Expiry time 2026-01-01 and current time 2026-01-06\",\"type\":"
       "\"expired_key\",\"param\":\"sk-abc\",\"code\":\"400\"}}"},
      {401, CAUSE_KEY_REJECTED,
       ERROR("Authentication Error, Invalid proxy server token passed. Unable "
             "to find token in cache",
             "auth_error", "\"401\"")},
      {401, CAUSE_KEY_REJECTED, GOOGLE("401", "", "No auth credentials found")},
      {401, CAUSE_KEY_REJECTED, GOOGLE("401", "", "User not found.")},
      {401, CAUSE_KEY_REJECTED,
       MESSAGE("Access denied due to invalid subscription key or wrong API "
               "endpoint.")},
      {401, CAUSE_KEY_EXPIRED,
       ANTHROPIC("authentication_error",
                 "OAuth token has expired. Please obtain a new token.")},
      {403, CAUSE_KEY_REJECTED,
       ANTHROPIC("permission_error", "OAuth token has been revoked.")},
      {401, CAUSE_KEY_REJECTED,
       ERROR("Authentication Fails, Your api key: ****abcd is invalid",
             "authentication_error", "\"invalid_request_error\"")},
      {400, CAUSE_KEY_REJECTED,
       ERROR("Authentication Fails (governor)", "authentication_error",
             "null")},
      {401, CAUSE_KEY_REJECTED, BARE("\"1002\"", "Authorization Token非法")},
      {401, CAUSE_KEY_EXPIRED, BARE("\"1003\"", "Authorization Token已过期")},
      {401, CAUSE_KEY_REJECTED, BARE("\"1000\"", "身份验证失败。")},
      {200, CAUSE_KEY_REJECTED,
       "{\"base_resp\":{\"status_code\":1004,\"status_msg\":\"login fail: "
       "carry the API secret in the 'Authorization' field\"}}"},
      {200, CAUSE_KEY_EXPIRED,
       "{\"error_code\":111,\"error_msg\":\"Access token expired\"}"},
      {200, CAUSE_KEY_REJECTED,
       "{\"code\":\"InvalidApiKey\",\"message\":\"Invalid API-key "
       "provided.\",\"request_id\":\"1\"}"},
      {200, CAUSE_KEY_REJECTED,
       "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":"
       "\"Authentication error\"}]}"},
      {401, CAUSE_KEY_REJECTED, "{\"detail\":\"Not authenticated\"}"},
      {403, CAUSE_KEY_REJECTED, "{\"detail\":\"Not authenticated\"}"},
      {403, CAUSE_KEY_REJECTED, "{\"message\":\"Invalid or expired token\"}"},
      {401, CAUSE_KEY_REJECTED, "\"Api key is invalid\""},
      {403, CAUSE_KEY_REJECTED, "Api key is invalid"},
      {401, CAUSE_KEY_REJECTED, "{\"message\":\"未提供令牌\"}"},
      {403, CAUSE_KEY_REJECTED, MESSAGE("该令牌状态不可用")},
      {403, CAUSE_KEY_REJECTED,
       "{\"code\":\"API_KEY_DISABLED\",\"message\":\"已禁用\"}"},
      {400, CAUSE_KEY_REJECTED,
       MESSAGE("La clave API no existe o es inválida")},
      {400, CAUSE_KEY_REJECTED, MESSAGE("Неверный API-ключ")},
      {400, CAUSE_KEY_EXPIRED, MESSAGE("Der API-Schlüssel ist abgelaufen")},
      {400, CAUSE_KEY_EXPIRED, MESSAGE("APIキーの期限切れ")},
      {400, CAUSE_KEY_REJECTED, MESSAGE("API キーが無効です")},
  };
  check(said, COUNT_OF(said));
}
END_TEST

/* --- rights and places -----------------------------------------------------
 */

START_TEST(test_forbidden) {
  static const struct said said[] = {
      {401, CAUSE_FORBIDDEN,
       ERROR("Authentication Error, API Key not allowed to access model. This "
             "token can only access models=['a']. Tried to access gpt-9",
             "auth_error", "\"401\"")},
      {403, CAUSE_FORBIDDEN,
       ERROR("This token has no access to model gpt-9", "new_api_error",
             "\"\"")},
      {403, CAUSE_FORBIDDEN, MESSAGE("该令牌无权访问模型 gpt-9")},
      {403, CAUSE_FORBIDDEN, MESSAGE("用户已被封禁")},
      {403, CAUSE_FORBIDDEN,
       MESSAGE("Access terminated. Review the community guidelines.")},
      {400, CAUSE_FORBIDDEN,
       ANTHROPIC("invalid_request_error",
                 "This organization has been disabled.")},
      {400, CAUSE_FORBIDDEN,
       GOOGLE("400", "FAILED_PRECONDITION",
              "User location is not supported for the API use.")},
      {403, CAUSE_FORBIDDEN,
       ERROR("Country, region, or territory not supported", "request_forbidden",
             "\"unsupported_country_region_territory\"")},
      {400, CAUSE_FORBIDDEN,
       MESSAGE("The model gpt-9 is not available in your region")},
      {400, CAUSE_FORBIDDEN, MESSAGE("您所在的地区不支持该服务")},
      {403, CAUSE_FORBIDDEN,
       "{\"error\":\"Client not allowed\",\"message\":\"Your client is not "
       "authorized to use this API key\"}"},
      {401, CAUSE_FORBIDDEN,
       ERROR("You have insufficient permissions for this operation. Missing "
             "scopes: api.model.read",
             "invalid_request_error", "null")},
      {403, CAUSE_FORBIDDEN,
       MESSAGE("Access denied due to virtual network or firewall rules.")},
      {403, CAUSE_FORBIDDEN, "error code: 1010"},
      {403, CAUSE_FORBIDDEN, "{\"message\":\"Forbidden\"}"},
      {200, CAUSE_FORBIDDEN,
       "{\"error_code\":6,\"error_msg\":\"No permission to access data\"}"},
  };
  check(said, COUNT_OF(said));
}
END_TEST

/* --- the model -------------------------------------------------------------
 */

START_TEST(test_model) {
  static const struct said said[] = {
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("The model `gpt-9` does not exist or you do not have access to "
             "it.",
             "invalid_request_error", "\"model_not_found\"")},
      {400, CAUSE_MODEL_NOT_FOUND,
       "{\"error\":{\"message\":{\"error\":\"/chat/completions: Invalid model "
       "name passed in model=gpt-9. Call `/v1/models` to see the models of "
       "your key.\"},\"type\":\"None\",\"param\":\"None\",\"code\":\"400\"}}"},
      {404, CAUSE_MODEL_NOT_FOUND,
       "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API "
       "deployment for this resource does not exist. Wait 5 minutes and try "
       "again.\"}}"},
      {400, CAUSE_MODEL_NOT_FOUND,
       "{\"object\":\"error\",\"message\":\"Invalid model: gpt-9\",\"type\":"
       "\"invalid_model\",\"param\":null,\"code\":\"1500\"}"},
      {404, CAUSE_MODEL_NOT_FOUND,
       GOOGLE("404", "", "No endpoints found for a/gpt-9:free.")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("Not found the model gpt-9 or Permission denied",
             "resource_not_found_error", "null")},
      {404, CAUSE_MODEL_NOT_FOUND,
       GOOGLE("404", "NOT_FOUND",
              "models/gpt-9 is not found for API version v1beta, or is not "
              "supported for generateContent.")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("Publisher Model `projects/p/models/x` was not found or your "
             "project does not have access to it.",
             "x", "404")},
      {400, CAUSE_MODEL_NOT_FOUND,
       ERROR("Model not exist.", "invalid_request_error",
             "\"InvalidParameter\"")},
      {400, CAUSE_MODEL_NOT_FOUND,
       GOOGLE("400", "",
              "x/y is not a valid model "
              "ID")},
      {400, CAUSE_MODEL_NOT_FOUND,
       ERROR("The model `gpt-9` has been decommissioned and is no longer "
             "supported.",
             "invalid_request_error", "\"model_decommissioned\"")},
      {400, CAUSE_MODEL_NOT_FOUND,
       ERROR("litellm.BadRequestError: LLM Provider NOT provided. You passed "
             "model=gpt-9",
             "None", "\"400\"")},
      {429, CAUSE_MODEL_NOT_FOUND,
       ERROR("No deployments available for selected model, Try again in 60 "
             "seconds.",
             "None", "\"429\"")},
      {404, CAUSE_MODEL_NOT_FOUND, "{\"error\":\"model 'gpt-9' not found\"}"},
      {404, CAUSE_MODEL_NOT_FOUND,
       ANTHROPIC("not_found_error", "model: gpt-9")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("Your account 21 has not activated the model x. Activate it in the "
             "console.",
             "Not Found", "\"ModelNotOpen\"")},
      {404, CAUSE_MODEL_NOT_FOUND,
       ERROR("The model or endpoint ep-1 does not exist or you do not have "
             "access to it.",
             "NotFound", "\"InvalidEndpointOrModel.NotFound\"")},
      {400, CAUSE_MODEL_NOT_FOUND,
       "{\"error\":\"The requested model 'gpt-9' is not supported by any "
       "provider you have enabled.\"}"},
      {503, CAUSE_MODEL_NOT_FOUND,
       MESSAGE("分组 default 下模型 gpt-9 无可用渠道（distributor）")},
      {400, CAUSE_MODEL_NOT_FOUND, BARE("\"1211\"", "模型不存在，请检查")},
      {400, CAUSE_MODEL_NOT_FOUND, MESSAGE("不支持的模型：gpt-9")},
      {403, CAUSE_MODEL_NOT_FOUND,
       ERROR("Project `p` does not have access to model `gpt-9`",
             "invalid_request_error", "\"model_not_found\"")},
      {401, CAUSE_MODEL_NOT_FOUND,
       MESSAGE("Model gpt-9 not available for "
               "this API key")},
      {200, CAUSE_MODEL_NOT_FOUND, "{\"error\":\"unknown model\"}"},
      /* in a language that nobody taught us */
      {404, CAUSE_MODEL_NOT_FOUND, MESSAGE("Không tìm thấy gpt-9")},
      {400, CAUSE_MODEL_NOT_FOUND, MESSAGE("gpt-9: ei tueta")},
      {404, CAUSE_MODEL_NOT_FOUND, MESSAGE("El modelo «gpt-9» no existe")},
      {400, CAUSE_MODEL_NOT_FOUND, MESSAGE("モデルgpt-9は存在しません")},
  };
  check(said, COUNT_OF(said));
}
END_TEST

/* --- throttling, load, what is behind the relay ----------------------------
 */

START_TEST(test_rate_limited) {
  static const struct said said[] = {
      {429, CAUSE_RATE_LIMITED,
       ERROR("Rate limit reached for gpt-9 on requests per min. Limit: 3 / "
             "min. Try again in 20s. Add a payment method to your account to "
             "increase your rate limit. Visit "
             "https://platform.example/account/billing.",
             "requests", "null")},
      {429, CAUSE_RATE_LIMITED,
       GOOGLE("429", "RESOURCE_EXHAUSTED",
              "You exceeded your current quota, check your plan and billing "
              "details. * Quota exceeded for metric: requests, limit: 15. "
              "Please retry in 56.4s.")},
      {429, CAUSE_RATE_LIMITED,
       ANTHROPIC("rate_limit_error",
                 "This request would exceed your organization's rate limit of "
                 "50,000 input tokens per minute.")},
      {429, CAUSE_RATE_LIMITED,
       MESSAGE("Requests have exceeded token rate limit of your current "
               "pricing tier. Please retry after 20 seconds.")},
      {413, CAUSE_RATE_LIMITED,
       ERROR("Request too large for model gpt-9 on tokens per minute (TPM): "
             "Limit 6000, Requested 8000",
             "tokens", "\"rate_limit_exceeded\"")},
      {400, CAUSE_RATE_LIMITED,
       ERROR("Requests rate limit exceeded, please try again later.",
             "Throttling.RateQuota", "\"Throttling.RateQuota\"")},
      {429, CAUSE_RATE_LIMITED,
       ERROR("Your account reached max concurrency: 1, please try again after "
             "1 seconds",
             "rate_limit_reached_error", "null")},
      {429, CAUSE_RATE_LIMITED,
       BARE("\"1302\"", "您当前的并发数过高，请降低"
                        "并发，或联系客服增加限额。")},
      {429, CAUSE_RATE_LIMITED,
       MESSAGE("您已达到请求数限制：1分钟内最多请求60次")},
      {429, CAUSE_RATE_LIMITED,
       MESSAGE("You've reached the rate limit for your plan")},
      {429, CAUSE_RATE_LIMITED,
       "{\"message\":\"You are using a Trial key, which is limited to 10 API "
       "calls / minute.\"}"},
      {429, CAUSE_RATE_LIMITED, "Too Many Requests"},
      {429, CAUSE_RATE_LIMITED, ""},
      {200, CAUSE_RATE_LIMITED,
       "{\"base_resp\":{\"status_code\":1002,\"status_msg\":\"rate limit\"}}"},
      {200, CAUSE_RATE_LIMITED,
       "{\"error_code\":18,\"error_msg\":\"Open api qps request limit "
       "reached\"}"},
      {403, CAUSE_RATE_LIMITED, MESSAGE("请求过于频繁，请稍后再试")},
      {403, CAUSE_RATE_LIMITED, MESSAGE("Demasiadas solicitudes")},
  };
  check(said, COUNT_OF(said));
}
END_TEST

START_TEST(test_upstream) {
  static const struct said said[] = {
      {429, CAUSE_UPSTREAM,
       "{\"error\":{\"message\":\"当前分组上游负载已饱和，请稍后再试\","
       "\"type\":\"upstream_error\",\"param\":\"404\",\"code\":"
       "\"bad_response_status_code\"}}"},
      {429, CAUSE_UPSTREAM, MESSAGE("当前分组负载已饱和，请稍后再试")},
      {408, CAUSE_UPSTREAM,
       "{\"error\":{\"message\":\"APITimeoutError - Request timed out. \\n "
       "model: azure/x\",\"type\":null,\"param\":null,\"code\":408}}"},
      {429, CAUSE_UPSTREAM,
       ERROR("The engine is currently overloaded, please try again later",
             "engine_overloaded_error", "null")},
      {429, CAUSE_UPSTREAM,
       "{\"error\":{\"message\":\"Provider returned error\",\"code\":429,"
       "\"metadata\":{\"raw\":\"a/b is temporarily rate-limited upstream. "
       "Please retry shortly.\"}}}"},
      {400, CAUSE_UPSTREAM,
       "{\"error\":{\"message\":\"Provider returned error\",\"code\":400}}"},
      {429, CAUSE_UPSTREAM,
       "{\"message\":\"Service tier capacity exceeded for this model.\"}"},
      {498, CAUSE_UPSTREAM, MESSAGE("Flex tier capacity exceeded.")},
      {424, CAUSE_UPSTREAM, MESSAGE("Invalid API key")},
      {425, CAUSE_UPSTREAM, ""},
      {499, CAUSE_UPSTREAM, ""},
      {520, CAUSE_UPSTREAM, MESSAGE("insufficient_quota")},
      {529, CAUSE_UPSTREAM, MESSAGE("x")},
      {530, CAUSE_UPSTREAM, "error code: 1016"},
      {503, CAUSE_UPSTREAM, MESSAGE("Insufficient balance")},
      {502, CAUSE_UPSTREAM, MESSAGE("Insufficient balance")},
      {500, CAUSE_UPSTREAM, MESSAGE("upstream error: insufficient balance")},
      {403, CAUSE_UPSTREAM,
       ERROR("insufficient credits", "upstream_error", "null")},
      {403, CAUSE_UPSTREAM, MESSAGE("该渠道余额不足")},
      {500, CAUSE_UPSTREAM, MESSAGE("该渠道已被禁用")},
      {500, CAUSE_UPSTREAM,
       ERROR("no", "new_api_error", "\"channel:invalid_key\"")},
      {500, CAUSE_UPSTREAM,
       ERROR("Post x: dial tcp: lookup x: no such host", "new_api_error",
             "\"do_request_failed\"")},
      {503, CAUSE_UPSTREAM, "no healthy upstream"},
      {503, CAUSE_UPSTREAM,
       "upstream connect error or disconnect/reset before headers"},
      {503, CAUSE_UPSTREAM, "{\"error\":\"No available Claude accounts\"}"},
      {500, CAUSE_UPSTREAM, "{\"error\":\"No available Claude accounts\"}"},
      {503, CAUSE_UPSTREAM,
       GOOGLE("503", "UNAVAILABLE", "The model is overloaded. Try again.")},
      {400, CAUSE_UPSTREAM, MESSAGE("系统繁忙，请稍后再试")},
      {404, CAUSE_UPSTREAM, MESSAGE("The service is temporarily unavailable")},
  };
  check(said, COUNT_OF(said));
}
END_TEST

START_TEST(test_server_error) {
  static const struct said said[] = {
      {500, CAUSE_SERVER_ERROR,
       "{\"success\":false,\"error\":{\"code\":\"INTERNAL_SERVER_ERROR\","
       "\"status\":500,\"message\":\"An unexpected error occurred. Please try "
       "again later.\"}}"},
      {500, CAUSE_SERVER_ERROR,
       GOOGLE("500", "INTERNAL", "An internal error has occurred.")},
      {500, CAUSE_SERVER_ERROR, MESSAGE("Something went wrong with the model")},
      {500, CAUSE_SERVER_ERROR, MESSAGE("Unknown error")},
      {500, CAUSE_SERVER_ERROR, MESSAGE("Invalid API key")},
      {501, CAUSE_SERVER_ERROR, MESSAGE("Not implemented")},
      {200, CAUSE_SERVER_ERROR, "{\"success\":false}"},
      {200, CAUSE_SERVER_ERROR, "{\"object\":\"error\"}"},
      {200, CAUSE_SERVER_ERROR,
       "{\"base_resp\":{\"status_code\":1000,\"status_msg\":\"unknown\"}}"},
  };
  check(said, COUNT_OF(said));
}
END_TEST

/* --- the request -----------------------------------------------------------
 */

/* Whose fault it is, and what helps. */
struct refused {
  int status;
  enum fault fault;
  const char *advice; /* a part of it, or NULL */
  const char *body;
};

START_TEST(test_client_error) {
  static const struct refused cases[] = {
      {404, FAULT_LOCAL, NULL,
       "{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}"},
      {404, FAULT_LOCAL, NULL,
       "{\"message\":\"no Route matched with those values\"}"},
      {404, FAULT_LOCAL, NULL,
       MESSAGE("Invalid URL (POST /v1/chat/completion)")},
      {405, FAULT_LOCAL, NULL, "{\"detail\":\"Method Not Allowed\"}"},
      {200, FAULT_LOCAL, NULL,
       "{\"error\":\"Unexpected endpoint or method. (POST /x)\"}"},
      {422, FAULT_LOCAL, NULL,
       "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\","
       "\"store\"],\"msg\":\"Extra inputs are not permitted\"}]}"},
      {400, FAULT_LOCAL, NULL,
       "{\"error\":[{\"code\":\"unrecognized_keys\",\"keys\":[\"x\"],"
       "\"message\":\"Unrecognized key(s) in object: 'x'\"}]}"},
      {400, FAULT_LOCAL, NULL,
       "{\"error\":{\"message\":\"gpt-9: this value is too high\",\"param\":"
       "\"temperature\"}}"},
      {400, FAULT_LOCAL, NULL,
       ERROR("The context length of the model gpt-9 is exceeded.",
             "invalid_request_error", "null")},
      {400, FAULT_LOCAL, NULL, MESSAGE("max_tokens must be at least 2")},
      {400, FAULT_LOCAL, NULL, MESSAGE("gpt-9 does not support streaming")},
      {400, FAULT_LOCAL, NULL,
       MESSAGE("Unexpected token < in JSON at position 0")},
      {400, FAULT_LOCAL, NULL, MESSAGE("参数错误：messages 不能为空")},
      {400, FAULT_LOCAL, "MaxCompletionTokens",
       ERROR("Unsupported parameter: 'max_tokens' is not supported with this "
             "model. Use 'max_completion_tokens' instead.",
             "invalid_request_error", "\"unsupported_parameter\"")},
      {400, FAULT_RELAY, NULL,
       "{\"error\":{\"type\":\"invalid_request_error\"}}"},
      {400, FAULT_RELAY, NULL, MESSAGE("The content was filtered.")},
      {404, FAULT_RELAY, NULL, "{\"detail\":\"Not Found\"}"},
      {418, FAULT_RELAY, NULL, MESSAGE("I am a teapot")},
      {404, FAULT_RELAY, "BaseURL", ""},
      {404, FAULT_RELAY, "BaseURL", "404 page not found"},
      {404, FAULT_RELAY, "BaseURL", "<html><h1>404 Not Found</h1></html>"},
      {413, FAULT_RELAY, "BaseURL", "<html>413 Request Too Large</html>"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct outcome outcome = said_to_chat(cases[i].status, cases[i].body);
    ck_assert_msg(outcome.cause == CAUSE_CLIENT_ERROR, "%d %s: %s",
                  cases[i].status, cases[i].body, causes[outcome.cause].name);
    ck_assert_msg(outcome.fault == cases[i].fault, "%d %s: fault %s",
                  cases[i].status, cases[i].body, fault_name(outcome.fault));
    ck_assert_msg((outcome.advice != NULL) == (cases[i].advice != NULL) &&
                      (outcome.advice == NULL ||
                       strstr(outcome.advice, cases[i].advice) != NULL),
                  "%d %s: %s", cases[i].status, cases[i].body, outcome.advice);
  }
}
END_TEST

/* --- streams ---------------------------------------------------------------
 */

START_TEST(test_streams) {
  static const struct said said[] = {
      {200, CAUSE_RATE_LIMITED,
       "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"x\",\"message\":"
       "\"y\"}\n\n"},
      {200, CAUSE_RATE_LIMITED, "event: error\ndata: Rate limit exceeded\n\n"},
      {200, CAUSE_STREAM_ERROR, "event: error\ndata: Oh no\n\n"},
      {200, CAUSE_CLIENT_ERROR,
       "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
       "error: {\"code\":400,\"message\":\"the request exceeds the context "
       "size\",\"type\":\"invalid_request_error\"}\n\ndata: [DONE]\n\n"},
      {200, CAUSE_UPSTREAM,
       "data: {\"error\":{\"code\":\"server_error\",\"message\":\"Provider "
       "disconnected unexpectedly\"},\"choices\":[{\"delta\":{\"content\":"
       "\"\"},\"finish_reason\":\"error\"}]}\n\n"},
      {200, CAUSE_UPSTREAM,
       "data: {\"choices\":[{\"index\":0,\"error\":{\"code\":502,\"message\":"
       "\"no\"}}]}\n\n"},
      {200, CAUSE_KEY_REJECTED,
       "data: {\"code\":\"InvalidApiKey\",\"message\":\"no\"}\n\n"},
      {200, CAUSE_QUOTA,
       "event: error\ndata: {\"error\":{\"message\":\"{\\\"error\\\":{"
       "\\\"message\\\":\\\"\\\\u4f59\\\\u989d\\\\u4e0d\\\\u8db3\\\"}}\"}}"
       "\n\n"},
  };
  const struct probe_settings stream = {
      .kind = &chat_probe, .model = model, .timeout_ms = 30000, .stream = true};
  for (size_t i = 0; i < COUNT_OF(said); i++) {
    struct outcome outcome = outcome_of(&stream, 200, said[i].body);
    ck_assert_msg(outcome.cause == said[i].cause, "%s: %s, not %s",
                  said[i].body, causes[outcome.cause].name,
                  causes[said[i].cause].name);
  }
}
END_TEST

/* --- a balance that is none ------------------------------------------------
 */

START_TEST(test_balances) {
  static const struct said said[] = {
      {200, CAUSE_KEY_REJECTED,
       "{\"success\":false,\"message\":\"无权进行此操作，access token 无效\"}"},
      {200, CAUSE_KEY_EXPIRED, "{\"message\":\"the api key is expired\"}"},
      {200, CAUSE_SERVER_ERROR, "{\"success\":false,\"message\":\"oh\"}"},
      {200, CAUSE_BALANCE_UNKNOWN, "{\"success\":true,\"message\":\"\"}"},
      {200, CAUSE_BALANCE_UNKNOWN,
       "{\"code\":20000,\"message\":\"OK\",\"status\":true,\"data\":{}}"},
      {200, CAUSE_OK,
       "{\"code\":20000,\"message\":\"OK\",\"status\":true,\"remaining\":1}"},
      {200, CAUSE_OK, "{\"error_code\":0,\"errmsg\":\"ok\",\"remaining\":1}"},
      {200, CAUSE_OK, "{\"status\":\"active\",\"remaining\":1}"},
  };
  struct unit_relay unit;
  unit_relay_init(&unit);
  for (size_t i = 0; i < COUNT_OF(said); i++) {
    struct outcome outcome =
        outcome_of(&unit.probes[UNIT_BILLING], 200, said[i].body);
    ck_assert_msg(outcome.cause == said[i].cause, "%s: %s, not %s",
                  said[i].body, causes[outcome.cause].name,
                  causes[said[i].cause].name);
  }
}
END_TEST

/* --- what is shown ---------------------------------------------------------
 */

START_TEST(test_words_are_never_lost) {
  static const struct {
    int status;
    const char *body, *shown;
  } cases[] = {
      {404, "404 page not found", "404 page not found"},
      {502, "\n <html><h1>502</h1></html>", "<html><h1>502</h1></html>"},
      {500, "{\"html-message\":\"no\"}", "{\"html-message\":\"no\"}"},
      {200, "{\"hello\":\"sk-0123456789abcdef\"}", "{\"hello\":\"[secret]\"}"},
      {400, "[{\"error\":{\"message\":\"API key not valid\"}}]",
       "API key not valid"},
      {400,
       "{\"error\":{\"message\":\" {\\\"error\\\":{\\\"message\\\":"
       "\\\"inner\\\"}}\"}}",
       "inner"},
      {400,
       "{\"error\":{\"message\":\"outer: {\\\"message\\\":\\\"inner\\\"}"
       "\"}}",
       "outer: {\"message\":\"inner\"}"},
      {400, "{\"message\":[\"one\",\"two\"]}", "one"},
      {401, "", ""},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_str_eq(said_to_chat(cases[i].status, cases[i].body).error_message,
                     cases[i].shown);
}
END_TEST

/* Where a key is cut by the end of what is kept, it is still seen. */
START_TEST(test_a_key_at_the_end_of_what_is_shown) {
  char body[512];
  memset(body, 'x', sizeof body - 1);
  body[sizeof body - 1] = '\0';
  memcpy(body + 150, values[0], strlen(values[0]));
  struct outcome outcome = said_to_chat(404, body);
  ck_assert_ptr_null(strstr(outcome.error_message, "sk-0123"));
  ck_assert_ptr_nonnull(strstr(outcome.error_message, "x[secret]"));
}
END_TEST

int main(void) {
  return UNIT_RUN("relay_words", test_quota, test_key, test_forbidden,
                  test_model, test_rate_limited, test_upstream,
                  test_server_error, test_client_error, test_streams,
                  test_balances, test_words_are_never_lost,
                  test_a_key_at_the_end_of_what_is_shown);
}
