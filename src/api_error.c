#include "api_error.h"

#include <string.h>
#include <strings.h>

enum {
  WANT_ERROR,
  WANT_TYPE,
  WANT_CODE,
  WANT_MESSAGE,
  WANT_BARE_CODE,
  WANT_BARE_MESSAGE,
  WANT_BARE_DETAIL,
};

static const struct json_want wants[] = {
    {"error", WANT_ERROR},        {"error/type", WANT_TYPE},
    {"error/code", WANT_CODE},    {"error/message", WANT_MESSAGE},
    {"code", WANT_BARE_CODE},     {"message", WANT_BARE_MESSAGE},
    {"detail", WANT_BARE_DETAIL},
};

/* Where a word has to stand: alone as code or type, or within the message. */
enum place { NAME, MESSAGE };

/* With which status it decides. A success is always among them: relays send
 * errors with a 200. */
enum scope { ALWAYS, UNAUTHORIZED, NO_MODEL, SERVER, SUCCESS };

/* From the most telling to the least: the first that was met decides. Words
 * of one-api and new-api, of OpenAI, Anthropic and their look-alikes. */
static const struct word {
  enum place place;
  enum scope scope;
  const char *text;
  const char *also; /* in a message: this as well */
  enum cause cause;
} words[] = {
    {NAME, ALWAYS, "insufficient_quota", NULL, CAUSE_QUOTA},
    {NAME, ALWAYS, "insufficient_user_quota", NULL, CAUSE_QUOTA},
    {NAME, ALWAYS, "pre_consume_token_quota_failed", NULL, CAUSE_QUOTA},
    {NAME, ALWAYS, "billing_hard_limit_reached", NULL, CAUSE_QUOTA},
    {NAME, ALWAYS, "insufficient_balance", NULL, CAUSE_QUOTA},
    {MESSAGE, ALWAYS, "额度已用尽", NULL, CAUSE_QUOTA},
    {MESSAGE, ALWAYS, "额度不足", NULL, CAUSE_QUOTA},
    {MESSAGE, ALWAYS, "余额不足", NULL, CAUSE_QUOTA},
    {MESSAGE, ALWAYS, "insufficient balance", NULL, CAUSE_QUOTA},
    {MESSAGE, ALWAYS, "exceeded your current quota", NULL, CAUSE_QUOTA},
    {NAME, ALWAYS, "key_expired", NULL, CAUSE_KEY_EXPIRED},
    {NAME, ALWAYS, "api_key_expired", NULL, CAUSE_KEY_EXPIRED},
    {NAME, ALWAYS, "token_expired", NULL, CAUSE_KEY_EXPIRED},
    {MESSAGE, ALWAYS, "令牌已过期", NULL, CAUSE_KEY_EXPIRED},
    {MESSAGE, UNAUTHORIZED, "expired", NULL, CAUSE_KEY_EXPIRED},
    {MESSAGE, UNAUTHORIZED, "过期", NULL, CAUSE_KEY_EXPIRED},
    {NAME, ALWAYS, "invalid_api_key", NULL, CAUSE_KEY_REJECTED},
    {NAME, ALWAYS, "authentication_error", NULL, CAUSE_KEY_REJECTED},
    {MESSAGE, ALWAYS, "无效的令牌", NULL, CAUSE_KEY_REJECTED},
    {NAME, NO_MODEL, "model_not_found", NULL, CAUSE_MODEL_NOT_FOUND},
    {MESSAGE, NO_MODEL, "no available channel", NULL, CAUSE_MODEL_NOT_FOUND},
    {MESSAGE, NO_MODEL, "无可用渠道", NULL, CAUSE_MODEL_NOT_FOUND},
    {MESSAGE, NO_MODEL, "model", "not exist", CAUSE_MODEL_NOT_FOUND},
    {MESSAGE, NO_MODEL, "model", "not found", CAUSE_MODEL_NOT_FOUND},
    {NAME, ALWAYS, "rate_limit_exceeded", NULL, CAUSE_RATE_LIMITED},
    {NAME, ALWAYS, "rate_limit_error", NULL, CAUSE_RATE_LIMITED},
    {NAME, ALWAYS, "slow_down", NULL, CAUSE_RATE_LIMITED},
    {NAME, SERVER, "server_is_overloaded", NULL, CAUSE_UPSTREAM},
    {NAME, SERVER, "overloaded_error", NULL, CAUSE_UPSTREAM},
    {NAME, SERVER, "bad_response_status_code", NULL, CAUSE_UPSTREAM},
    {NAME, SUCCESS, "permission_error", NULL, CAUSE_FORBIDDEN},
    {NAME, SUCCESS, "invalid_request_error", NULL, CAUSE_CLIENT_ERROR},
};

enum { WORD_COUNT = sizeof words / sizeof *words };

_Static_assert(WORD_COUNT <= 64, "api_error.words has a bit for each");

/* How much of a message is searched: a relay decides how long it is. */
enum { SEARCHED_MAX = 1024 };

void api_error_want(struct json_reader *reader) {
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    json_want(reader, &wants[i]);
}

static bool contains(const char *text, size_t length, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= length; i++)
    if (strncasecmp(text + i, word, size) == 0)
      return true;
  return false;
}

static bool word_met(const struct word *word, enum place place,
                     const char *text, size_t length) {
  if (word->place != place)
    return false;
  if (place == NAME)
    return strlen(word->text) == length &&
           strncasecmp(text, word->text, length) == 0;
  return contains(text, length, word->text) &&
         (word->also == NULL || contains(text, length, word->also));
}

static void note_words(struct api_error *error, enum place place,
                       const struct json_value *value) {
  size_t length = value->length < SEARCHED_MAX ? value->length : SEARCHED_MAX;
  for (unsigned i = 0; i < WORD_COUNT; i++)
    if (word_met(&words[i], place, value->text, length))
      error->words |= UINT64_C(1) << i;
}

static void take_code(struct api_error *error, const struct json_value *value,
                      const struct secrets *secrets) {
  if (value->type != JSON_STRING && value->type != JSON_NUMBER)
    return;
  note_words(error, NAME, value);
  if (error->code[0] != '\0')
    return;
  double number;
  if (json_number(value->text, value->length, &number) && number >= 400 &&
      number < 600)
    error->number = (int)number;
  text_printable(error->code, sizeof error->code, value->text, value->length,
                 secrets);
}

static void take_message(struct api_error *error,
                         const struct json_value *value,
                         const struct secrets *secrets) {
  if (value->type != JSON_STRING)
    return;
  note_words(error, MESSAGE, value);
  if (error->message[0] != '\0')
    return;
  error->refuses_max_tokens = contains(
      value->text, value->length < SEARCHED_MAX ? value->length : SEARCHED_MAX,
      "use 'max_completion_tokens'");
  text_printable(error->message, sizeof error->message, value->text,
                 value->length, secrets);
}

/* Some relays have a place for it in every answer. */
static bool is_told(const struct json_value *value) {
  bool is_false = value->type == JSON_BOOLEAN && value->text[0] == 'f';
  return value->type != JSON_NULL && !is_false &&
         (value->type != JSON_STRING || value->length > 0);
}

void api_error_take(struct api_error *error, int id,
                    const struct json_value *value,
                    const struct secrets *secrets) {
  switch (id) {
  case WANT_ERROR:
    error->present = error->present || is_told(value);
    take_message(error, value, secrets);
    break;
  case WANT_TYPE:
    if (value->type == JSON_STRING)
      note_words(error, NAME, value);
    break;
  case WANT_CODE:
  case WANT_BARE_CODE:
    take_code(error, value, secrets);
    break;
  default:
    take_message(error, value, secrets);
  }
}

static bool in_scope(enum scope scope, int status) {
  if (status / 100 == 2)
    return true;
  switch (scope) {
  case ALWAYS:
    return true;
  case UNAUTHORIZED:
    return status == 401 || status == 403;
  case NO_MODEL:
    return status == 400 || status == 404 || status == 503;
  case SERVER:
    return status >= 500;
  default:
    return false;
  }
}

static enum cause cause_of_status(int status, bool own_error) {
  switch (status) {
  case 401:
    return CAUSE_KEY_REJECTED;
  case 402:
    return CAUSE_QUOTA;
  case 403:
    return CAUSE_FORBIDDEN;
  case 429:
    return CAUSE_RATE_LIMITED;
  case 502:
  case 503:
  case 504:
    return CAUSE_UPSTREAM;
  default:
    break;
  }
  switch (status / 100) {
  case 2:
    return CAUSE_SERVER_ERROR;
  case 3:
    return CAUSE_REDIRECTED;
  case 4:
    return CAUSE_CLIENT_ERROR;
  case 5:
    return own_error ? CAUSE_SERVER_ERROR : CAUSE_UPSTREAM;
  default:
    return CAUSE_MALFORMED;
  }
}

enum cause api_error_cause(const struct api_error *error, int http_status,
                           bool html) {
  int status = http_status;
  if (status / 100 == 2 && error->number != 0)
    status = error->number;
  for (unsigned i = 0; i < WORD_COUNT; i++)
    if ((error->words >> i & 1) != 0 && in_scope(words[i].scope, status))
      return words[i].cause;
  return cause_of_status(status,
                         !html && (error->present || http_status == 500));
}

const char *api_error_advice(const struct api_error *error) {
  return error->refuses_max_tokens
             ? "Set MaxCompletionTokens in <Chat>: this model refuses "
               "max_tokens."
             : NULL;
}
