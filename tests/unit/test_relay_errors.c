/* What relays, gateways and providers say about load, upstreams, the request
 * and within streams, in their own formats and words, and the expected
 * verdicts. The texts are invented but typical. */
#include "verdict_cases.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <string.h>

/* --- throttling, load, upstreams ------------------------------------------ */

static const struct verdict_case rate_limited_cases[] = {
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
    {429, CAUSE_RATE_LIMITED,
     MESSAGE("sessions gauge quota limit exceed: allowed 10 requests")},
    {403, CAUSE_RATE_LIMITED,
     "{\"code\":\"AccessDenied\",\"message\":\"The rate limit is exceeded. "
     "Please wait.\"}"},
    {403, CAUSE_RATE_LIMITED, MESSAGE("Demasiadas solicitudes")},
    {429, CAUSE_RATE_LIMITED,
     ANTHROPIC("rate_limit_error",
               "This request would exceed your account's rate limit.")},
    {400, CAUSE_RATE_LIMITED,
     MESSAGE("Exceeded workspace input tokens per minute rate limit")},
    {400, CAUSE_RATE_LIMITED,
     MESSAGE("This trial key is limited to 20 API calls / minute.")},
    {200, CAUSE_RATE_LIMITED,
     "{\"success\":false,\"message\":"
     "\"您已达到请求数限制：1分钟内最多请求60次\"}"},
    {400, CAUSE_RATE_LIMITED, MESSAGE("请求限频，请稍后重试")},
    {200, CAUSE_RATE_LIMITED,
     "{\"Response\":{\"Error\":{\"Code\":\"LimitExceeded\",\"Message\":"
     "\"您的请求并发超限\"}}}"},
};

START_TEST(test_rate_limited) {
  check_verdicts(rate_limited_cases, COUNT_OF(rate_limited_cases));
}
END_TEST

static const struct verdict_case upstream_cases[] = {
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
    {400, CAUSE_UPSTREAM,
     MESSAGE("gpt-9 is currently over capacity. Please try again")},
    {400, CAUSE_UPSTREAM, MESSAGE("无可用账号，请稍后重试")},
    {429, CAUSE_UPSTREAM,
     ERROR("Sorry", "server_error", "\"no_available_account\"")},
    {400, CAUSE_UPSTREAM, MESSAGE("The upstream server is timing out")},
    {400, CAUSE_UPSTREAM, MESSAGE("name resolution failed")},
    {400, CAUSE_UPSTREAM,
     "{\"status\":400,\"title\":\"Bad Request\",\"detail\":\"A DEGRADED "
     "function cannot be invoked\"}"},
    {503, CAUSE_UPSTREAM,
     "{\"error\":\"Service unavailable\",\"message\":\"Failed to acquire "
     "concurrency slot\"}"},
};

START_TEST(test_upstream) {
  check_verdicts(upstream_cases, COUNT_OF(upstream_cases));
}
END_TEST

static const struct verdict_case server_error_cases[] = {
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
    {200, CAUSE_SERVER_ERROR,
     "{\"error\":\"the thinking budget is not supported in this server\"}"},
    {500, CAUSE_SERVER_ERROR,
     ERROR("an error was encountered while running the model: unexpected "
           "EOF",
           "api_error", "null")},
};

START_TEST(test_server_error) {
  check_verdicts(server_error_cases, COUNT_OF(server_error_cases));
}
END_TEST

/* --- the request --------------------------------------------------------- */

/* The fault, and the advice. */
struct refused {
  int status;
  enum fault fault;
  const char *advice; /* a part of the advice, or NULL */
  const char *body;
};

static const struct refused client_error_cases[] = {
    {404, FAULT_LOCAL, NULL,
     "{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}"},
    {404, FAULT_LOCAL, NULL,
     "{\"message\":\"no Route matched with those values\"}"},
    {404, FAULT_LOCAL, NULL, MESSAGE("Invalid URL (POST /v1/chat/completion)")},
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
    {400, FAULT_LOCAL, "Change MaxTokens",
     MESSAGE("max_tokens must be at least 2")},
    {400, FAULT_LOCAL, NULL, MESSAGE("gpt-9 does not support streaming")},
    {400, FAULT_LOCAL, "Change MaxTokens",
     "{\"error\":{\"message\":\"Provider returned error\",\"code\":400,"
     "\"metadata\":{\"raw\":\"{\\\"error\\\":{\\\"message\\\":\\\"Invalid "
     "'max_tokens': below the minimum\\\",\\\"param\\\":\\\"max_tokens\\\"}}\","
     "\"provider_name\":\"a\"}}}"},
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

START_TEST(test_client_error) {
  for (size_t i = 0; i < COUNT_OF(client_error_cases); i++) {
    struct probe_result result =
        evaluate_chat(client_error_cases[i].status, client_error_cases[i].body);
    ck_assert_msg(result.cause == CAUSE_CLIENT_ERROR, "%d %s: %s",
                  client_error_cases[i].status, client_error_cases[i].body,
                  causes[result.cause].name);
    ck_assert_msg(result.fault == client_error_cases[i].fault,
                  "%d %s: fault %s", client_error_cases[i].status,
                  client_error_cases[i].body, fault_name(result.fault));
    ck_assert_msg(
        (result.advice != NULL) == (client_error_cases[i].advice != NULL) &&
            (result.advice == NULL ||
             strstr(result.advice, client_error_cases[i].advice) != NULL),
        "%d %s: %s", client_error_cases[i].status, client_error_cases[i].body,
        result.advice);
  }
}
END_TEST

/* --- streams ------------------------------------------------------------- */

static const struct verdict_case streams_cases[] = {
    {200, CAUSE_RATE_LIMITED,
     "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"x\",\"message\":"
     "\"y\"}\n\n"},
    {200, CAUSE_RATE_LIMITED, "event: error\ndata: Rate limit exceeded\n\n"},
    {200, CAUSE_STREAM_ERROR, "event: error\ndata: Oh no\n\n"},
    {200, CAUSE_STREAM_ERROR,
     "event: error\ndata: {\"error\":{\"message\":\"The model produced output "
     "that does not match the expected format\"}}\n\n"},
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

START_TEST(test_streams) {
  for (size_t i = 0; i < COUNT_OF(streams_cases); i++) {
    struct probe_result result = evaluate_stream(200, streams_cases[i].body);
    ck_assert_msg(result.cause == streams_cases[i].cause, "%s: %s, not %s",
                  streams_cases[i].body, causes[result.cause].name,
                  causes[streams_cases[i].cause].name);
  }
}
END_TEST

/* --- invalid balances ----------------------------------------------------- */

static const struct verdict_case balances_cases[] = {
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

START_TEST(test_balances) {
  struct unit_relay unit;
  unit_relay_init(&unit);
  for (size_t i = 0; i < COUNT_OF(balances_cases); i++) {
    struct probe_result result =
        evaluate(&unit.probes[UNIT_BILLING], 200, balances_cases[i].body);
    ck_assert_msg(result.cause == balances_cases[i].cause, "%s: %s, not %s",
                  balances_cases[i].body, causes[result.cause].name,
                  causes[balances_cases[i].cause].name);
  }
}
END_TEST

/* --- shown text ----------------------------------------------------------- */

START_TEST(test_error_text_is_always_kept) {
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
    ck_assert_str_eq(
        evaluate_chat(cases[i].status, cases[i].body).error_message,
        cases[i].shown);
}
END_TEST

/* A key that is truncated at the end of the kept text is still detected. */
START_TEST(test_key_at_the_truncation_boundary) {
  char body[512];
  memset(body, 'x', sizeof body - 1);
  body[sizeof body - 1] = '\0';
  memcpy(body + 150, SECRET_KEY, strlen(SECRET_KEY));
  struct probe_result result = evaluate_chat(404, body);
  ck_assert_ptr_null(strstr(result.error_message, "sk-0123"));
  ck_assert_ptr_nonnull(strstr(result.error_message, "x[secret]"));
}
END_TEST

int main(void) {
  return UNIT_RUN("relay_errors", test_rate_limited, test_upstream,
                  test_server_error, test_client_error, test_streams,
                  test_balances, test_error_text_is_always_kept,
                  test_key_at_the_truncation_boundary);
}
