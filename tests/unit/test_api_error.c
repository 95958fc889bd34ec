/* Errors as relays send them: the cause, and the text that is shown. */
#include "probe/api_error.h"

#include "probe/api_verdict.h"
#include "probe/words.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static const char *const values[] = {"sk-0123456789abcdef"};
static const struct secrets secrets = {values, 1};

static void take(void *user, int id, const struct json_value *value) {
  api_error_on_field(user, id, value, &secrets);
}

static struct api_error error_of(const char *body) {
  static struct json_reader reader;
  struct api_error error = {.present = false};
  json_open(&reader, take, &error);
  api_error_select(&reader);
  json_feed(&reader, body, strlen(body));
  json_close(&reader);
  return error;
}

static void check_cause(int status, const char *body, enum cause cause) {
  struct api_error error = error_of(body);
  enum api_body kind = body[0] == '\0'  ? API_BODY_EMPTY
                       : body[0] == '<' ? API_BODY_HTML
                                        : API_BODY_JSON;
  enum cause found = api_verdict_of(&error, status, kind).cause;
  ck_assert_msg(found == cause, "%d %s: %s, not %s", status, body,
                causes[found].name, causes[cause].name);
}

/* --- cause from the status ------------------------------------------------ */

START_TEST(test_statuses) {
  static const struct {
    int status;
    enum cause bare, page, error;
  } cases[] = {
      {401, CAUSE_KEY_REJECTED, CAUSE_KEY_REJECTED, CAUSE_KEY_REJECTED},
      {402, CAUSE_QUOTA, CAUSE_QUOTA, CAUSE_QUOTA},
      {403, CAUSE_FORBIDDEN, CAUSE_FORBIDDEN, CAUSE_FORBIDDEN},
      {429, CAUSE_RATE_LIMITED, CAUSE_RATE_LIMITED, CAUSE_RATE_LIMITED},
      {400, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR},
      {404, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR},
      {418, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR, CAUSE_CLIENT_ERROR},
      {301, CAUSE_REDIRECTED, CAUSE_REDIRECTED, CAUSE_REDIRECTED},
      {308, CAUSE_REDIRECTED, CAUSE_REDIRECTED, CAUSE_REDIRECTED},
      {500, CAUSE_SERVER_ERROR, CAUSE_UPSTREAM, CAUSE_SERVER_ERROR},
      {501, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_SERVER_ERROR},
      {408, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {425, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {498, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {520, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {529, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {502, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {503, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {504, CAUSE_UPSTREAM, CAUSE_UPSTREAM, CAUSE_UPSTREAM},
      {101, CAUSE_MALFORMED, CAUSE_MALFORMED, CAUSE_MALFORMED},
      {0, CAUSE_MALFORMED, CAUSE_MALFORMED, CAUSE_MALFORMED},
      {999, CAUSE_MALFORMED, CAUSE_MALFORMED, CAUSE_MALFORMED}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    check_cause(cases[i].status, "", cases[i].bare);
    check_cause(cases[i].status, "{}", cases[i].bare);
    check_cause(cases[i].status, "<html></html>", cases[i].page);
    check_cause(cases[i].status, "{\"error\":{\"message\":\"no\"}}",
                cases[i].error);
  }
}
END_TEST

/* --- cause from the text -------------------------------------------------- */

static const struct {
  int status;
  enum cause cause;
  const char *body;
} real_errors[] = {
    /* OpenAI */
    {401, CAUSE_KEY_REJECTED,
     "{\"error\":{\"message\":\"Incorrect API key provided\",\"type\":"
     "\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}"},
    {429, CAUSE_QUOTA,
     "{\"error\":{\"message\":\"You exceeded your current quota\",\"type\":"
     "\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}"},
    {429, CAUSE_RATE_LIMITED,
     "{\"error\":{\"message\":\"Rate limit reached for gpt-4o-mini\",\"type\":"
     "\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}"},
    {404, CAUSE_MODEL_NOT_FOUND,
     "{\"error\":{\"message\":\"The model `gpt-9` does not exist or you do not "
     "have access to it.\",\"type\":\"invalid_request_error\",\"param\":null,"
     "\"code\":\"model_not_found\"}}"},
    {400, CAUSE_QUOTA, "{\"error\":{\"code\":\"billing_hard_limit_reached\"}}"},
    {503, CAUSE_UPSTREAM,
     "{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"code\""
     ":\"server_is_overloaded\"}}"},
    {500, CAUSE_SERVER_ERROR,
     "{\"error\":{\"message\":\"The server had an error\",\"type\":"
     "\"server_error\",\"param\":null,\"code\":null}}"},
    {503, CAUSE_RATE_LIMITED, "{\"error\":{\"code\":\"slow_down\"}}"},
    /* one-api, new-api */
    {401, CAUSE_KEY_EXPIRED,
     "{\"error\":{\"message\":\"该令牌已过期 (request id: 1)\",\"type\":"
     "\"one_api_error\"}}"},
    {401, CAUSE_KEY_REJECTED,
     "{\"error\":{\"message\":\"无效的令牌 (request id: 1)\",\"type\":"
     "\"new_api_error\"}}"},
    {401, CAUSE_QUOTA,
     "{\"error\":{\"message\":\"该令牌额度已用尽 !token.UnlimitedQuota\","
     "\"type\":\"new_api_error\"}}"},
    {403, CAUSE_QUOTA,
     "{\"error\":{\"message\":\"用户额度不足, 剩余额度: ¥0\",\"type\":"
     "\"new_api_error\",\"code\":\"insufficient_user_quota\"}}"},
    {403, CAUSE_QUOTA,
     "{\"error\":{\"type\":\"new_api_error\","
     "\"code\":\"pre_consume_token_quota_failed\"}}"},
    {503, CAUSE_MODEL_NOT_FOUND,
     "{\"error\":{\"message\":\"当前分组 default 下对于模型 gpt-9 "
     "无可用渠道\",\"type\":\"one_api_error\"}}"},
    {503, CAUSE_MODEL_NOT_FOUND,
     "{\"error\":{\"message\":\"No available channel for model gpt-9\"}}"},
    {500, CAUSE_UPSTREAM,
     "{\"error\":{\"message\":\"bad response status code 502\",\"type\":"
     "\"upstream_error\",\"code\":\"bad_response_status_code\"}}"},
    {200, CAUSE_SERVER_ERROR,
     "{\"error\":{\"message\":\"\",\"type\":\"\",\"param\":\"\"}}"},
    {200, CAUSE_QUOTA, "{\"error\":{\"message\":\"额度不足\"}}"},
    /* Anthropic's names, and others */
    {401, CAUSE_KEY_REJECTED,
     "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\"}}"},
    {529, CAUSE_UPSTREAM, "{\"error\":{\"type\":\"overloaded_error\"}}"},
    {402, CAUSE_QUOTA,
     "{\"error\":{\"message\":\"Insufficient Balance\",\"code\":402}}"},
    {401, CAUSE_KEY_EXPIRED, "{\"error\":\"API key expired\"}"},
    {403, CAUSE_KEY_EXPIRED, "{\"message\":\"Token has EXPIRED\"}"},
    {401, CAUSE_KEY_EXPIRED, "{\"detail\":\"密钥过期\"}"},
    {404, CAUSE_MODEL_NOT_FOUND, "{\"detail\":\"Model gpt-9 not found\"}"},
    {400, CAUSE_MODEL_NOT_FOUND,
     "{\"error\":{\"message\":\"Model Not Exist\",\"type\":"
     "\"invalid_request_error\"}}"},
    {400, CAUSE_MODEL_NOT_FOUND, "{\"code\":\"model_not_found\"}"},
    /* A gateway that forwards another's error, and one whose upstream is
     * down */
    {401, CAUSE_KEY_REJECTED,
     "{\"error\":{\"message\":\"openai error: Incorrect API key provided: "
     "sk-t****0000.\",\"type\":\"invalid_request_error\",\"param\":null,"
     "\"code\":\"invalid_api_key\"},\"provider\":\"openai\"}"},
    {502, CAUSE_UPSTREAM,
     "{\"html-message\":\"<title>502 Bad Gateway</title>\"}"},
    {500, CAUSE_SERVER_ERROR,
     "{\"html-message\":\"Message: fetch failed Cause: Error: connect "
     "ECONNREFUSED 127.0.0.1:18080 Name: TypeError\"}"},
    {500, CAUSE_SERVER_ERROR,
     "{\"status\":\"failure\",\"message\":\"Something went wrong\"}"},
    /* The same words where they must not matter. */
    {500, CAUSE_SERVER_ERROR, "{\"error\":{\"message\":\"cache expired\"}}"},
    {400, CAUSE_CLIENT_ERROR, "{\"error\":{\"message\":\"not found: x\"}}"},
    {400, CAUSE_CLIENT_ERROR,
     "{\"error\":{\"type\":\"invalid_request_error\"}}"},
    {403, CAUSE_FORBIDDEN, "{\"error\":{\"type\":\"permission_error\"}}"},
    {301, CAUSE_REDIRECTED, "{\"error\":{\"code\":\"insufficient_quota\"}}"},
};

START_TEST(test_real_error_texts) {
  for (size_t i = 0; i < COUNT_OF(real_errors); i++)
    check_cause(real_errors[i].status, real_errors[i].body,
                real_errors[i].cause);
}
END_TEST

/* An error in a 200: its text decides as with any status, otherwise its
 * number. */
START_TEST(test_errors_in_a_200) {
  static const struct {
    enum cause cause;
    const char *error;
  } cases[] = {{CAUSE_SERVER_ERROR, "{}"},
               {CAUSE_SERVER_ERROR, "\"oh\""},
               {CAUSE_SERVER_ERROR, "true"},
               {CAUSE_KEY_EXPIRED, "{\"message\":\"key expired\"}"},
               {CAUSE_MODEL_NOT_FOUND, "{\"code\":\"model_not_found\"}"},
               {CAUSE_UPSTREAM, "{\"type\":\"server_is_overloaded\"}"},
               {CAUSE_FORBIDDEN, "{\"type\":\"permission_error\"}"},
               {CAUSE_CLIENT_ERROR, "{\"type\":\"invalid_request_error\"}"},
               {CAUSE_KEY_REJECTED, "{\"code\":401}"},
               {CAUSE_RATE_LIMITED, "{\"code\":\"429\"}"},
               {CAUSE_UPSTREAM, "{\"code\":503}"},
               {CAUSE_SERVER_ERROR, "{\"code\":500}"},
               {CAUSE_SERVER_ERROR, "{\"code\":599.5}"},
               {CAUSE_SERVER_ERROR, "{\"code\":600}"},
               {CAUSE_SERVER_ERROR, "{\"code\":399}"},
               {CAUSE_SERVER_ERROR, "{\"code\":-1}"},
               {CAUSE_SERVER_ERROR, "{\"code\":1e300}"},
               {CAUSE_QUOTA, "{\"code\":401,\"type\":\"insufficient_quota\"}"},
               {CAUSE_MODEL_NOT_FOUND,
                "{\"code\":401,\"message\":\"model not found\"}"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char body[128];
    snprintf(body, sizeof body, "{\"error\":%s}", cases[i].error);
    check_cause(200, body, cases[i].cause);
  }
}
END_TEST

/* A specific status takes precedence over a code in the body. */
START_TEST(test_numeric_code_counts_only_in_a_200) {
  check_cause(500, "{\"error\":{\"code\":401}}", CAUSE_SERVER_ERROR);
  check_cause(403, "{\"error\":{\"code\":429}}", CAUSE_FORBIDDEN);
}
END_TEST

START_TEST(test_most_specific_text_decides) {
  check_cause(400,
              "{\"code\":400,\"message\":\"no\",\"error\":{\"code\":"
              "\"insufficient_quota\"}}",
              CAUSE_QUOTA);
  check_cause(401,
              "{\"message\":\"unauthorized\",\"error\":{\"message\":"
              "\"API key expired\"}}",
              CAUSE_KEY_EXPIRED);
  check_cause(429,
              "{\"error\":{\"type\":\"rate_limit_error\","
              "\"code\":\"insufficient_quota\"}}",
              CAUSE_QUOTA);
  check_cause(401,
              "{\"error\":{\"code\":\"invalid_api_key\","
              "\"message\":\"expired\"}}",
              CAUSE_KEY_EXPIRED);
}
END_TEST

/* --- detection ------------------------------------------------------------ */

START_TEST(test_error_is_detected) {
  static const struct {
    const char *body;
    bool present;
  } cases[] = {{"{\"error\":{}}", true},
               {"{\"error\":\"x\"}", true},
               {"{\"error\":true}", true},
               {"{\"error\":false}", false},
               {"{\"error\":\"\"}", false},
               {"{\"error\":[]}", false},
               {"{\"error\":[{}]}", true},
               {"{\"errors\":[]}", false},
               {"{\"errors\":[\"x\"]}", true},
               {"{\"errors\":[null]}", false},
               {"{\"error\":null}", false},
               {"{\"error\":null,\"error\":{}}", true},
               {"{\"error\":{},\"error\":null}", true},
               {"{\"error\":0}", false},
               {"{\"error\":\"none\"}", false},
               {"{\"errors\":{}}", true},
               {"{\"errors\":5}", false},
               {"{\"data\":{\"error\":{}}}", true},
               {"{\"data\":{\"error\":null}}", false},
               {"{\"a\":{\"b\":{\"error\":{}}}}", false},
               {"{\"choices\":[{\"error\":{}}]}", true},
               {"{\"choices\":[{\"error\":null}]}", false},
               {"{\"message\":\"x\"}", false},
               {"[{\"error\":{}}]", true},
               {"{\"success\":false}", true},
               {"{\"success\":true}", false},
               {"{\"object\":\"error\"}", true},
               {"{\"object\":\"list\"}", false},
               {"{\"type\":\"error\"}", true},
               {"{\"status\":\"failed\"}", true},
               {"{\"status\":\"completed\"}", false},
               {"{\"error_code\":17}", true},
               {"{\"error_code\":0}", false},
               {"{\"errmsg\":\"ok\"}", false},
               {"{\"error_msg\":\"no\"}", true},
               {"{\"base_resp\":{\"status_code\":0}}", false},
               {"{\"base_resp\":{\"status_code\":1}}", true},
               {"", false}};
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_msg(error_of(cases[i].body).present == cases[i].present, "%s",
                  cases[i].body);
}
END_TEST

/* --- shown text ----------------------------------------------------------- */

START_TEST(test_code_and_message) {
  static const struct {
    const char *body, *code, *message;
  } cases[] = {
      {"{\"error\":{\"code\":\"a\",\"message\":\"b\"}}", "a", "b"},
      {"{\"error\":{\"code\":404}}", "404", ""},
      {"{\"error\":{\"code\":null,\"message\":null}}", "", ""},
      {"{\"error\":{\"code\":{},\"message\":[1]}}", "", ""},
      {"{\"error\":[{\"code\":\"a\",\"message\":\"b\"}]}", "a", "b"},
      {"{\"error\":{\"message\":{\"error\":\"b\"}}}", "", "b"},
      {"{\"message\":[\"b\",\"c\"]}", "", "b"},
      {"{\"detail\":[{\"type\":\"t\",\"msg\":\"b\"}]}", "", "b"},
      {"{\"error_code\":17,\"error_msg\":\"b\"}", "17", "b"},
      {"{\"base_resp\":{\"status_code\":1,\"status_msg\":\"b\"}}", "1", "b"},
      {"{\"error\":{\"code\":true,\"message\":5}}", "", ""},
      {"{\"error\":\"plain\"}", "", "plain"},
      {"{\"code\":\"a\",\"message\":\"b\"}", "a", "b"},
      {"{\"detail\":\"c\"}", "", "c"},
      {"{\"error\":{\"type\":\"t\"}}", "", ""},
      {"{\"error\":{\"code\":\"\"},\"code\":\"later\"}", "later", ""},
      {"{\"error\":{\"code\":\"a\",\"code\":\"b\"}}", "a", ""},
      {"{\"error\":{\"message\":\"a\"},\"message\":\"b\"}", "", "a"},
      {"{\"error\":{\"code\":\"x\\ny\",\"message\":\"a\\u001bb\"}}", "x y",
       "a b"},
      {"{\"error\":{\"code\":\"sk-0123456789abcdef\",\"message\":"
       "\"bad key sk-0123456789abcdef\"}}",
       "[secret]", "bad key [secret]"}};
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct api_error error = error_of(cases[i].body);
    ck_assert_str_eq(error.code, cases[i].code);
    ck_assert_str_eq(error.message, cases[i].message);
  }
}
END_TEST

static struct api_error with_message(const char *fill, size_t count,
                                     const char *end) {
  static char body[8192];
  size_t length = (size_t)snprintf(body, sizeof body, "{\"error\":\"");
  for (size_t i = 0; i < count; i++)
    length += (size_t)snprintf(body + length, sizeof body - length, "%s", fill);
  snprintf(body + length, sizeof body - length, "%s\"}", end);
  return error_of(body);
}

START_TEST(test_only_the_first_message_is_kept) {
  struct api_error error = with_message("期", 1000, "");
  ck_assert_uint_eq(strlen(error.message), (sizeof error.message - 1) / 3 * 3);
  ck_assert(text_is_utf8(error.message, strlen(error.message)));
}
END_TEST

/* More text is searched than shown, but not everything a relay sends. */
START_TEST(test_limit_of_searched_text) {
  static const char word[] = " key expired";
  struct api_error error =
      with_message("x", WORDS_INPUT_MAX - strlen(word), word);
  ck_assert_int_eq(api_verdict_of(&error, 401, API_BODY_JSON).cause,
                   CAUSE_KEY_EXPIRED);
  error = with_message("x", WORDS_INPUT_MAX, word);
  ck_assert_int_eq(api_verdict_of(&error, 401, API_BODY_JSON).cause,
                   CAUSE_KEY_REJECTED);
}
END_TEST

/* A relay may send millions of messages, and nested documents. */
START_TEST(test_limit_of_searched_strings) {
  static char body[256 * 1024];
  size_t length = (size_t)snprintf(body, sizeof body, "{\"error\":[");
  while (length < sizeof body - 64)
    length += (size_t)snprintf(body + length, sizeof body - length,
                               "{\"message\":\"{[{[{[{\"},");
  snprintf(body + length, sizeof body - length,
           "{\"message\":\"key expired\"}]}");
  struct api_error error = error_of(body);
  ck_assert_uint_eq(error.found, 0);
  ck_assert_uint_eq(error.nesting, 0);
}
END_TEST

int main(void) {
  return UNIT_RUN("api_error", test_statuses, test_real_error_texts,
                  test_errors_in_a_200, test_numeric_code_counts_only_in_a_200,
                  test_most_specific_text_decides, test_error_is_detected,
                  test_code_and_message, test_only_the_first_message_is_kept,
                  test_limit_of_searched_text, test_limit_of_searched_strings);
}
