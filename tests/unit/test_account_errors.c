/* What relays, gateways and providers say about money, keys, permissions and
 * models, in their own formats and words, and the expected verdicts. The texts
 * are invented but typical. */
#include "verdict_cases.h"

#include "probe/probe_kind.h"
#include "unit.h"

/* --- money ---------------------------------------------------------------- */

static const struct verdict_case quota_cases[] = {
    /* providers */
    {400, CAUSE_QUOTA,
     ERROR("Access denied, your account must be in good standing.", "Arrearage",
           "\"Arrearage\"")},
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
    {403, CAUSE_QUOTA, MESSAGE("Kuota API habis")},
    {429, CAUSE_QUOTA, MESSAGE("Das Kontingent des Schlüssels ist erreicht.")},
    {403, CAUSE_QUOTA, MESSAGE("크레딧이 부족합니다")},
    {403, CAUSE_QUOTA, MESSAGE("帳戶餘額不足")},
    {429, CAUSE_QUOTA,
     "{\"errors\":[{\"message\":\"you have used up your daily free "
     "allocation, please upgrade\",\"code\":4006}],\"success\":false}"},
    {429, CAUSE_QUOTA,
     BARE("\"PostpaidBillOverdue\"", "The postpaid bill is overdue.")},
    {403, CAUSE_QUOTA,
     MESSAGE("Model access is refused due to INVALID_PAYMENT_INSTRUMENT: a "
             "valid payment method is needed")},
    {200, CAUSE_QUOTA,
     "{\"Response\":{\"Error\":{\"Code\":\"PkgExhausted\",\"Message\":"
     "\"The resource pack is exhausted\"},\"RequestId\":\"1\"}}"},
    {400, CAUSE_QUOTA,
     ANTHROPIC("invalid_request_error", "No extra usage is left. Add some.")},
    {400, CAUSE_QUOTA,
     ANTHROPIC("invalid_request_error",
               "Other apps draw from your extra usage, not from the plan.")},
    {429, CAUSE_QUOTA,
     "{\"message\":\"This is a Trial key: it is limited to 1000 API calls / "
     "month.\"}"},
};

START_TEST(test_quota) { check_verdicts(quota_cases, COUNT_OF(quota_cases)); }
END_TEST

/* --- keys ----------------------------------------------------------------- */

static const struct verdict_case key_cases[] = {
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
     ERROR("Authentication Fails (governor)", "authentication_error", "null")},
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
    {400, CAUSE_KEY_REJECTED, MESSAGE("La clave API no existe o es inválida")},
    {400, CAUSE_KEY_REJECTED, MESSAGE("Неверный API-ключ")},
    {400, CAUSE_KEY_EXPIRED, MESSAGE("Der API-Schlüssel ist abgelaufen")},
    {400, CAUSE_KEY_EXPIRED, MESSAGE("APIキーの期限切れ")},
    {400, CAUSE_KEY_REJECTED, MESSAGE("API キーが無効です")},
    {200, CAUSE_KEY_REJECTED,
     "{\"code\":1001,\"msg\":\"Authentication parameter not received in "
     "header\",\"success\":false}"},
    {400, CAUSE_KEY_REJECTED,
     MESSAGE("Header中未收到Authorization参数，无法进行身份验证")},
    {400, CAUSE_KEY_REJECTED, MESSAGE("HMAC signature cannot be verified")},
    {402, CAUSE_KEY_REJECTED, "{\"error\":\"Authentication required\"}"},
    {403, CAUSE_KEY_REJECTED, "{\"error\":\"API key tidak valid\"}"},
    {403, CAUSE_KEY_REJECTED, "{\"error\":\"Geçersiz API anahtarı\"}"},
    {401, CAUSE_KEY_EXPIRED, MESSAGE("トークンの有効期限が切れています")},
    {401, CAUSE_KEY_EXPIRED, MESSAGE("توکن منقضی شده است")},
    {200, CAUSE_KEY_REJECTED, "{\"code\":514,\"statusText\":\"unAuthApiKey\"}"},
    {200, CAUSE_KEY_REJECTED,
     "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.KeyNotFound\","
     "\"Message\":\"no\"}}}"},
    {400, CAUSE_KEY_REJECTED,
     "{\"fault\":{\"faultstring\":\"Invalid ApiKey\",\"detail\":{"
     "\"errorcode\":\"x\"}}}"},
};

START_TEST(test_key) { check_verdicts(key_cases, COUNT_OF(key_cases)); }
END_TEST

/* --- permissions and regions ---------------------------------------------- */

static const struct verdict_case forbidden_cases[] = {
    {401, CAUSE_FORBIDDEN,
     ERROR("Authentication Error, API Key not allowed to access model. This "
           "token can only access models=['a']. Tried to access gpt-9",
           "auth_error", "\"401\"")},
    {403, CAUSE_FORBIDDEN,
     ERROR("This token has no access to model gpt-9", "new_api_error", "\"\"")},
    {403, CAUSE_FORBIDDEN, MESSAGE("该令牌无权访问模型 gpt-9")},
    {403, CAUSE_FORBIDDEN, MESSAGE("用户已被封禁")},
    {400, CAUSE_FORBIDDEN,
     ANTHROPIC("invalid_request_error",
               "This credential is only authorized for one program.")},
    {403, CAUSE_FORBIDDEN,
     ANTHROPIC("permission_error",
               "OAuth authentication is not allowed for this organization.")},
    {400, CAUSE_FORBIDDEN,
     MESSAGE("Su ubicación no es compatible con el modelo.")},
    {403, CAUSE_FORBIDDEN,
     MESSAGE("Your account has no access. The rate limits are listed there.")},
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
    {403, CAUSE_FORBIDDEN,
     MESSAGE("The model needs moderation: your input was flagged. No credits "
             "were charged.")},
    {200, CAUSE_FORBIDDEN, "{\"code\":40005,\"msg\":\"用户访问被限制\"}"},
    {400, CAUSE_FORBIDDEN, MESSAGE("服务未开通，请前往控制台开通该模型")},
    {400, CAUSE_FORBIDDEN, MESSAGE("您的账号尚未完成实名认证")},
};

START_TEST(test_forbidden) {
  check_verdicts(forbidden_cases, COUNT_OF(forbidden_cases));
}
END_TEST

/* --- models --------------------------------------------------------------- */

static const struct verdict_case model_cases[] = {
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
    {404, CAUSE_MODEL_NOT_FOUND, ANTHROPIC("not_found_error", "model: gpt-9")},
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
    /* in a language without rules */
    {404, CAUSE_MODEL_NOT_FOUND, MESSAGE("Không tìm thấy gpt-9")},
    {400, CAUSE_MODEL_NOT_FOUND, MESSAGE("gpt-9: ei tueta")},
    {404, CAUSE_MODEL_NOT_FOUND, MESSAGE("El modelo «gpt-9» no existe")},
    {400, CAUSE_MODEL_NOT_FOUND, MESSAGE("モデルgpt-9は存在しません")},
    {404, CAUSE_MODEL_NOT_FOUND,
     "{\"message\":\"This model version has reached the end of its life.\"}"},
    {400, CAUSE_MODEL_NOT_FOUND,
     ERROR("invalid params, unknown model 'gpt-9' (2013)", "bad_request_error",
           "null")},
    {404, CAUSE_MODEL_NOT_FOUND, MESSAGE("model 'x' was removed on May 1")},
    {503, CAUSE_MODEL_NOT_FOUND,
     MESSAGE("Don't support the model gpt-9 currently")},
    {200, CAUSE_MODEL_NOT_FOUND,
     "{\"status\":\"435\",\"msg\":\"Model not support\",\"body\":null}"},
    {400, CAUSE_MODEL_NOT_FOUND,
     "{\"status\":{\"code\":\"40082\",\"message\":\"model fade out\"}}"},
    {404, CAUSE_MODEL_NOT_FOUND,
     ERROR("This endpoint does not exist.", "NotFound",
           "\"InvalidEndpoint.NotFound\"")},
    {404, CAUSE_MODEL_NOT_FOUND,
     "{\"status\":404,\"title\":\"Not Found\",\"detail\":\"Function 'f': Not "
     "found for account 'a'\"}"},
};

START_TEST(test_model) { check_verdicts(model_cases, COUNT_OF(model_cases)); }
END_TEST

int main(void) {
  return UNIT_RUN("account_errors", test_quota, test_key, test_forbidden,
                  test_model);
}
