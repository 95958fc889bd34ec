/* Each topic with each state, in the orders, languages, formats and statuses
 * that relays use, gives the expected cause; the expectations are independent
 * of the vocabulary. Also texts that only look similar. */
#include "probe/classify.h"

#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static char model[] = "gpt-9";
static const struct probe_settings chat = {.kind = &probe_kinds[KIND_CHAT],
                                           .model = model,
                                           .timeout = 30 * USEC_PER_SEC};

/* --- sentences ------------------------------------------------------------ */

enum { WORDS = 8 };

/* Topics and states that give one cause in any combination, and the statuses
 * (one letter each, see status_of) with which the text decides. */
static const struct kind {
  enum cause cause;
  const char *statuses;
  const char *topics[WORDS], *states[WORDS];
  const char *chinese_topics[WORDS], *chinese_states[WORDS];
} kinds[] = {
    {CAUSE_QUOTA,
     "2014398",
     {"quota", "credit balance", "balance", "budget", "free tier"},
     {"exhausted", "insufficient", "used up", "too low", "exceeded"},
     {"额度", "余额", "账户余额", "配额"},
     {"不足", "已用完", "已耗尽", "已用尽"}},
    {CAUSE_QUOTA,
     "2014398",
     {"subscription", "plan"},
     {"expired", "inactive"},
     {"订阅", "套餐"},
     {"已过期", "已到期"}},
    {CAUSE_KEY_EXPIRED,
     "201439",
     {"API key", "access token", "key"},
     {"expired"},
     {"令牌", "密钥", "API Key"},
     {"已过期", "已失效"}},
    {CAUSE_KEY_REJECTED,
     "201439",
     {"API key", "access token", "credentials"},
     {"invalid", "incorrect", "missing", "not found", "disabled", "revoked"},
     {"令牌", "密钥", "API Key"},
     {"无效", "不正确", "已禁用", "不存在"}},
    {CAUSE_MODEL_NOT_FOUND,
     "20143985",
     {"model", "requested model", "deployment"},
     {"not found", "unknown", "not supported", "unavailable", "deprecated",
      "invalid"},
     {"模型", "该模型"},
     {"不存在", "不支持", "未找到", "已下线"}},
    {CAUSE_FORBIDDEN,
     "20143",
     {"permission", "access"},
     {"denied", "not allowed", "forbidden"},
     {"访问", "权限"},
     {"被拒绝", "不足"}},
    {CAUSE_FORBIDDEN,
     "20143",
     {"account", "organization"},
     {"disabled", "suspended", "banned"},
     {"账户", "用户"},
     {"已被禁用", "已被封禁"}},
    {CAUSE_FORBIDDEN,
     "201439",
     {"region", "country"},
     {"not supported", "blocked"},
     {"地区", "国家"},
     {"不支持", "受限"}},
    {CAUSE_RATE_LIMITED,
     "20143985",
     {"rate limit", "concurrency limit", "requests per minute"},
     {"exceeded", "reached"},
     {"请求频率", "并发"},
     {"过高", "超过限制"}},
    {CAUSE_CLIENT_ERROR,
     "20",
     {"parameter", "field", "argument"},
     {"invalid", "missing", "not supported", "required"},
     {"参数", "字段"},
     {"无效", "缺少", "不支持"}},
    {CAUSE_UPSTREAM,
     "201439857",
     {"upstream", "upstream provider"},
     {"failed", "timed out", "overloaded", "returned an error"},
     {"上游", "渠道"},
     {"失败", "超时", "过载"}},
};

/* The cause from the status, where the text does not decide. */
static const struct status {
  char letter;
  int status;
  enum cause cause;
} statuses[] = {
    {'2', 200, CAUSE_SERVER_ERROR}, {'0', 400, CAUSE_CLIENT_ERROR},
    {'1', 401, CAUSE_KEY_REJECTED}, {'4', 404, CAUSE_CLIENT_ERROR},
    {'3', 403, CAUSE_FORBIDDEN},    {'9', 429, CAUSE_RATE_LIMITED},
    {'8', 500, CAUSE_SERVER_ERROR}, {'5', 503, CAUSE_UPSTREAM},
    {'7', 502, CAUSE_UPSTREAM},
};

/* --- word order ----------------------------------------------------------- */

enum { TEXT_MAX = 256 };

/* T and S stand for topic and state. */
static const char *const sentences[] = {
    "S T",
    "T S",
    "Error: T: S",
    "Your T is S.",
    "The T has been S, sorry.",
    "We are sorry. This T is S. Please contact our support.",
    "(request 1b2c) S T, see https://relay.example/account/billing/keys",
};
static const char *const chinese_sentences[] = {"TS", "该T当前S。", "S的T",
                                                "抱歉，您的TS，请联系客服"};

static void compose(char out[TEXT_MAX], const char *sentence, const char *topic,
                    const char *state) {
  size_t length = 0;
  for (const char *p = sentence; *p != '\0'; p++) {
    /* A capital at the start of another word is neither. */
    bool alone = !islower((unsigned char)p[1]);
    char one[2] = {*p, '\0'};
    const char *piece = alone && *p == 'T'   ? topic
                        : alone && *p == 'S' ? state
                                             : one;
    length += (size_t)snprintf(out + length, TEXT_MAX - length, "%s", piece);
  }
  ck_assert_uint_lt(length, TEXT_MAX);
}

enum style { SNAKE, CAPITALS, CAMEL, DOTTED, STYLES };

static void compose_name(char out[TEXT_MAX], enum style style,
                         const char *first, const char *second) {
  char words[TEXT_MAX];
  bool begins = true;
  size_t length = 0;
  snprintf(words, sizeof words, "%s %s", first, second);
  for (const char *p = words; *p != '\0'; p++) {
    if (*p == ' ' && style != CAMEL)
      out[length++] = style == DOTTED ? '.' : '_';
    else if (*p != ' ')
      out[length++] = (char)(style == CAPITALS || (style == CAMEL && begins)
                                 ? toupper((unsigned char)*p)
                                 : tolower((unsigned char)*p));
    begins = *p == ' ';
  }
  out[length] = '\0';
}

/* --- formats -------------------------------------------------------------- */

static const char *const text_shapes[] = {
    "{\"error\":{\"message\":\"%s\",\"type\":\"x_error\",\"code\":null}}",
    "{\"error\":\"%s\"}",
    "{\"message\":\"%s\",\"success\":false}",
    "{\"success\":false,\"msg\":\"%s\"}",
    "{\"detail\":\"%s\",\"status\":\"error\"}",
    "{\"error_code\":17,\"error_msg\":\"%s\"}",
    "{\"base_resp\":{\"status_code\":1,\"status_msg\":\"%s\"}}",
    "[{\"error\":{\"message\":\"%s\"}}]",
    "{\"error\":[{\"message\":\"%s\"}]}",
    "{\"error\":{\"message\":{\"error\":\"%s\"}}}",
    "{\"error\":\"Sorry: {\\\"error\\\":{\\\"message\\\":\\\"%s\\\"}}\"}",
    "{\"object\":\"error\",\"message\":\"%s\"}",
    "{\"choices\":[{\"error\":{\"message\":\"%s\"}}]}",
};
static const char *const name_shapes[] = {
    "{\"error\":{\"message\":\"Sorry\",\"type\":\"x\",\"code\":\"%s\"}}",
    "{\"error\":{\"message\":\"Sorry\",\"type\":\"%s\",\"code\":null}}",
    "{\"error\":{\"message\":\"Sorry\",\"code\":9,\"status\":\"%s\"}}",
    "{\"success\":false,\"code\":\"%s\",\"message\":\"Sorry\"}",
};

static unsigned checked;

/* libcheck records each of its assertions, and these are many. */
static void check(const struct kind *kind, const char *shape,
                  const char *text) {
  char body[2 * TEXT_MAX];
  snprintf(body, sizeof body, shape, text);
  for (size_t i = 0; i < COUNT_OF(statuses); i++) {
    bool decides = strchr(kind->statuses, statuses[i].letter) != NULL;
    enum cause wanted = decides ? kind->cause : statuses[i].cause;
    struct probe_result result =
        unit_probe_result(&chat, statuses[i].status, body);
    if (result.cause != wanted)
      ck_abort_msg("%d %s: %s, not %s", statuses[i].status, body,
                   causes[result.cause].name, causes[wanted].name);
    checked++;
  }
}

static void check_texts(const struct kind *kind, const char *sentence,
                        const char *topic, const char *state) {
  char text[TEXT_MAX];
  compose(text, sentence, topic, state);
  for (size_t i = 0; i < COUNT_OF(text_shapes); i++)
    check(kind, text_shapes[i], text);
}

/* --- tests ---------------------------------------------------------------- */

START_TEST(test_sentences) {
  checked = 0;
  for (const struct kind *kind = kinds; kind < kinds + COUNT_OF(kinds); kind++)
    for (size_t t = 0; kind->topics[t] != NULL; t++)
      for (size_t s = 0; kind->states[s] != NULL; s++)
        for (size_t i = 0; i < COUNT_OF(sentences); i++)
          check_texts(kind, sentences[i], kind->topics[t], kind->states[s]);
  ck_assert_uint_gt(checked, 50000);
}
END_TEST

START_TEST(test_chinese_sentences) {
  checked = 0;
  for (const struct kind *kind = kinds; kind < kinds + COUNT_OF(kinds); kind++)
    for (size_t t = 0; kind->chinese_topics[t] != NULL; t++)
      for (size_t s = 0; kind->chinese_states[s] != NULL; s++)
        for (size_t i = 0; i < COUNT_OF(chinese_sentences); i++)
          check_texts(kind, chinese_sentences[i], kind->chinese_topics[t],
                      kind->chinese_states[s]);
  ck_assert_uint_gt(checked, 20000);
}
END_TEST

/* Some words of other languages, above all the article's own. */
START_TEST(test_other_languages) {
  static const struct {
    enum cause cause;
    const char *text;
  } cases[] = {
      {CAUSE_QUOTA, "Số dư không đủ, vui lòng nạp thêm"},
      {CAUSE_QUOTA, "Tài khoản của bạn đã hết hạn mức"},
      {CAUSE_QUOTA, "Недостаточно средств на балансе"},
      {CAUSE_QUOTA, "使用者額度不足"},
      {CAUSE_KEY_EXPIRED, "Khóa API đã hết hạn"},
      {CAUSE_KEY_EXPIRED, "該令牌已過期"},
      {CAUSE_KEY_REJECTED, "API key không hợp lệ"},
      {CAUSE_KEY_REJECTED, "Неверный ключ API"},
      {CAUSE_MODEL_NOT_FOUND, "Không tìm thấy mô hình này"},
      {CAUSE_MODEL_NOT_FOUND, "Mô hình không được hỗ trợ"},
      {CAUSE_RATE_LIMITED, "Quá nhiều yêu cầu, vui lòng thử lại sau"},
      {CAUSE_FORBIDDEN, "Bạn không có quyền truy cập"},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char body[2 * TEXT_MAX];
    snprintf(body, sizeof body, text_shapes[0], cases[i].text);
    enum cause cause = unit_probe_result(&chat, 400, body).cause;
    ck_assert_msg(cause == cases[i].cause, "%s: %s", cases[i].text,
                  causes[cause].name);
  }
}
END_TEST

static void check_names(const struct kind *kind, const char *first,
                        const char *second) {
  for (enum style style = SNAKE; style < STYLES; style++)
    for (size_t i = 0; i < COUNT_OF(name_shapes); i++) {
      char name[TEXT_MAX];
      compose_name(name, style, first, second);
      check(kind, name_shapes[i], name);
    }
}

START_TEST(test_names) {
  checked = 0;
  for (const struct kind *kind = kinds; kind < kinds + COUNT_OF(kinds); kind++)
    for (size_t t = 0; kind->topics[t] != NULL; t++)
      for (size_t s = 0; kind->states[s] != NULL; s++) {
        check_names(kind, kind->topics[t], kind->states[s]);
        check_names(kind, kind->states[s], kind->topics[t]);
      }
  ck_assert_uint_gt(checked, 20000);
}
END_TEST

/* --- no evidence ---------------------------------------------------------- */

START_TEST(test_uninformative_words) {
  static const char *const texts[] = {
      "billing",
      "payment",
      "Please contact your account manager about billing.",
      "See your plan and billing details",
      "the model",
      "Something went wrong. Your balance is shown in the console.",
      "The API key is in the console. The request failed validation",
      "insufficient",
      "Exceeded. Contact us about your quota",
      "https://relay.example/quota/exceeded",
      "relay.example/key/expired",
      "This was flagged. No credits were charged.",
      "The bill is in the console. It was removed from the console",
      "Our service is not what is supported by request",
      "You may call per day what you like. The limit of requests is yours",
      "The server is without further information on this model",
      "an error was encountered while running the model: unexpected EOF",
      "",
  };
  for (size_t i = 0; i < COUNT_OF(texts); i++)
    ck_assert_msg(classify_text(texts[i], strlen(texts[i]), model) == 0, "%s",
                  texts[i]);
}
END_TEST

static findings of(const char *text) {
  return classify_text(text, strlen(text), model);
}

/* A state belongs to the topic next to it, or to one of higher rank. */
START_TEST(test_subject_of_a_state) {
  static const struct {
    const char *text;
    enum finding finding, other;
  } cases[] = {
      {"The quota of this key is exhausted", FINDING_QUOTA, FINDING_KEY_LIMIT},
      {"The key of this account is invalid", FINDING_KEY_INVALID,
       FINDING_DENIED},
      {"The subscription of this key has expired", FINDING_QUOTA,
       FINDING_KEY_EXPIRED},
      {"The model gpt-9 is not available in your country", FINDING_REGION,
       FINDING_MODEL},
      {"'x' is not a supported parameter: not supported with this model",
       FINDING_PARAMETER, FINDING_MODEL},
      {"Rate limit exceeded for this key", FINDING_RATE, FINDING_KEY_LIMIT},
      {"Insufficient balance at the upstream provider", FINDING_UPSTREAM,
       FINDING_QUOTA},
      {"Your balance with inference providers is used up", FINDING_QUOTA,
       FINDING_UPSTREAM},
      {"No channel is available for this model", FINDING_MODEL,
       FINDING_UPSTREAM},
      {"The deployment of this resource does not exist", FINDING_MODEL,
       FINDING_PATH},
      {"This would exceed your account's rate limit", FINDING_RATE,
       FINDING_UPSTREAM},
      {"invalid params, unknown model 'x'", FINDING_MODEL, FINDING_PARAMETER},
      {"Invalid parameter 'x': not supported by this model", FINDING_PARAMETER,
       FINDING_MODEL},
      {"The payment instrument of your subscription is invalid", FINDING_QUOTA,
       FINDING_KEY_INVALID},
      {"The bill is overdue", FINDING_QUOTA, FINDING_KEY_EXPIRED},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    findings found = of(cases[i].text);
    ck_assert_msg((found & FINDING_BIT(cases[i].finding)) != 0, "%s",
                  cases[i].text);
    ck_assert_msg((found & FINDING_BIT(cases[i].other)) == 0, "%s",
                  cases[i].text);
  }
}
END_TEST

START_TEST(test_texts_about_waiting) {
  static const struct {
    const char *text;
    bool waits;
  } cases[] = {
      {"Please try again in 20s", true},
      {"Please retry in 56.4277s.", true},
      {"retry after 5 seconds", true},
      {"wait 2 minutes", true},
      {"请 30 秒后重试", true},
      {"请在5分钟后再试", true},
      {"Please try again in 5 hours", false},
      {"Please try again later", false},
      {"Try again. The limit is 20 s", false},
      {"within 20 s", false},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++)
    ck_assert_msg(((of(cases[i].text) & FINDING_BIT(FINDING_WAIT)) != 0) ==
                      cases[i].waits,
                  "%s", cases[i].text);
}
END_TEST

/* The model's name may contain any word. */
START_TEST(test_requested_model) {
  static const char text[] = "no-quota-exceeded: hapana";
  findings found = classify_text(text, strlen(text), "no-quota-exceeded");
  ck_assert_uint_eq(found, FINDING_BIT(FINDING_MODEL_NAMED));
  found = classify_text(text, strlen(text), NULL);
  ck_assert_uint_eq(found, FINDING_BIT(FINDING_QUOTA));
}
END_TEST

START_TEST(test_many_words) {
  static char text[4096];
  for (size_t i = 0; i + 12 < sizeof text; i += 12)
    memcpy(text + i, "quota model ", 12);
  memcpy(text, "key expired ", 12);
  ck_assert_uint_eq(of(text), FINDING_BIT(FINDING_KEY_EXPIRED));
}
END_TEST

int main(void) {
  return UNIT_RUN("classify", test_sentences, test_chinese_sentences,
                  test_other_languages, test_names, test_uninformative_words,
                  test_subject_of_a_state, test_texts_about_waiting,
                  test_requested_model, test_many_words);
}
