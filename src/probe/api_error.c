#include "probe/api_error.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- where it stands ------------------------------------------------------ */

enum {
  PLACE_ERROR,         /* that it is there says that it is one */
  PLACE_ERROR_CODE,    /* the same, unless it is 0 */
  PLACE_ERROR_MESSAGE, /* the same, unless it says "ok" */
  PLACE_KIND,          /* one if it says `error` or `failed` */
  PLACE_SUCCESS,       /* one if it is false */
  PLACE_CODE,
  PLACE_TYPE, /* a name as well, but it is not shown */
  PLACE_MESSAGE,
  PLACE_PARAMETER,
  PLACES
};

_Static_assert((int)PLACES <= (int)API_ERROR_SELECTORS,
               "identifiers are unique");

#define CODES "code|Code|error_code|status_code|raw_status_code|errorcode"
#define TYPES "type|status|reason|error_type"
#define MESSAGES                                                               \
  "message|Message|msg|detail|error|error_message|error_msg|"                  \
  "error_description|errmsg|status_msg|raw|title|faultstring"
#define CONTAINERS "error|Error|errors|err|fault|detail|message|msg|base_resp"
#define WRAPPERS "#|data|result|response|header"

/* OpenAI's {"error":{"message","type","param","code"}}, and what gateways make
 * of it: bare members, a text or a list in the place of the object, objects
 * within objects (Google's details, OpenRouter's metadata), a list around the
 * whole, an error of a single choice. */
static const struct json_selector selectors[] = {
    {"error|Error|errors|err|fault", PLACE_ERROR},
    {"error|Error|errors|err/#", PLACE_ERROR}, /* an empty list is none */
    {"*/error|Error", PLACE_ERROR},
    {"choices/#/error", PLACE_ERROR},
    {"error_code|errcode|err_code", PLACE_ERROR_CODE},
    {"base_resp/status_code", PLACE_ERROR_CODE},
    {"error_message|error_msg|errmsg|err_msg", PLACE_ERROR_MESSAGE},
    {"object|type|status", PLACE_KIND},
    {"success", PLACE_SUCCESS},
    {"code", PLACE_CODE},
    {"reason|error_type", PLACE_TYPE},
    {"message|Message|msg|detail|title", PLACE_MESSAGE},
    {"param", PLACE_PARAMETER},
    {CONTAINERS "/" CODES, PLACE_CODE},
    {CONTAINERS "/" TYPES, PLACE_TYPE},
    {CONTAINERS "/" MESSAGES, PLACE_MESSAGE},
    {CONTAINERS "/param", PLACE_PARAMETER},
    {CONTAINERS "/#", PLACE_MESSAGE}, /* a list of texts */
    {CONTAINERS "/*/" CODES, PLACE_CODE},
    {CONTAINERS "/*/" TYPES, PLACE_TYPE},
    {CONTAINERS "/*/" MESSAGES, PLACE_MESSAGE},
    {"error/details/*/" TYPES, PLACE_TYPE},
    {"error/details/*/" MESSAGES, PLACE_MESSAGE},
    {WRAPPERS "/" CODES, PLACE_CODE},
    {WRAPPERS "/" TYPES, PLACE_TYPE},
    {WRAPPERS "/" MESSAGES, PLACE_MESSAGE},
    {"*/error|Error/" CODES, PLACE_CODE},
    {"*/error|Error/" TYPES, PLACE_TYPE},
    {"*/error|Error/" MESSAGES, PLACE_MESSAGE},
    {"choices/#/error/" CODES, PLACE_CODE},
    {"choices/#/error/" TYPES, PLACE_TYPE},
    {"choices/#/error/" MESSAGES, PLACE_MESSAGE},
};

void api_error_select(struct json_reader *reader) {
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    json_select(reader, &selectors[i]);
}

/* --- reading it ----------------------------------------------------------- */

enum {
  TEXTS_MAX = 32,  /* that are searched for words */
  NESTING_MAX = 2, /* documents within texts */
};

static bool contains(const char *text, size_t length, const char *word) {
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= length; i++)
    if (strncasecmp(text + i, word, size) == 0)
      return true;
  return false;
}

static void find(struct api_error *error, enum finding finding) {
  error->found |= FINDING_BIT(finding);
}

static void search_text(struct api_error *error, const char *text,
                        size_t length) {
  if (error->texts++ < TEXTS_MAX)
    error->found |= classify_text(text, length, error->model);
}

static void search_name(struct api_error *error,
                        const struct json_value *value) {
  if (error->texts++ < TEXTS_MAX)
    error->found |= classify_name(value->text, value->length);
}

static bool is_status(double number) { return number >= 400 && number < 600; }

static void take_number(struct api_error *error,
                        const struct json_value *value) {
  double number;
  if (error->number == 0 &&
      json_parse_number(value->text, value->length, &number) &&
      is_status(number))
    error->number = (int)number;
}

static void take_code(struct api_error *error, const struct json_value *value,
                      const struct secrets *secrets) {
  if (value->type != JSON_STRING && value->type != JSON_NUMBER)
    return;
  if (value->type == JSON_STRING)
    search_name(error, value);
  take_number(error, value);
  if (error->code[0] == '\0')
    text_sanitize(error->code, sizeof error->code, value->text, value->length,
                  secrets);
}

static void take_type(struct api_error *error, const struct json_value *value) {
  if (value->type == JSON_STRING)
    search_name(error, value);
  else if (value->type == JSON_NUMBER)
    take_number(error, value);
}

struct nested {
  struct api_error *error;
  const struct secrets *secrets;
};

static void take_nested(void *user, int id, const struct json_value *value) {
  struct nested *nested = user;
  api_error_on_field(nested->error, id, value, nested->secrets);
}

/* Gateways pass on the answer of another as a text. */
static void read_document(struct api_error *error, const char *text,
                          size_t length, const struct secrets *secrets) {
  struct json_reader reader; /* large, and on the stack at most NESTING_MAX
                                times */
  struct nested nested = {error, secrets};
  json_open(&reader, take_nested, &nested);
  api_error_select(&reader);
  json_feed(&reader, text, length);
  json_close(&reader);
}

/* `*introduced`: something is said before it. */
static size_t document_start(const char *text, size_t length,
                             bool *introduced) {
  size_t n = 0;
  *introduced = false;
  for (; n < length && text[n] != '{' && text[n] != '['; n++)
    if (strchr(" \t\r\n", text[n]) == NULL)
      *introduced = true;
  return n;
}

void api_error_on_text(struct api_error *error, const char *text, size_t length,
                       const struct secrets *secrets) {
  bool introduced;
  size_t start = document_start(text, length, &introduced);
  search_text(error, text, length);
  if (start < length && error->nesting < NESTING_MAX &&
      error->texts < TEXTS_MAX) {
    bool shown = error->message[0] != '\0';
    error->nesting++;
    read_document(error, text + start, length - start, secrets);
    error->nesting--;
    if (introduced && !shown)
      error->message[0] = '\0'; /* the introduction is shown as well */
  }
  error->refuses_max_tokens =
      error->refuses_max_tokens ||
      contains(text, length, "use 'max_completion_tokens'");
  if (error->message[0] == '\0')
    text_sanitize(error->message, sizeof error->message, text, length, secrets);
}

static void take_message(struct api_error *error,
                         const struct json_value *value,
                         const struct secrets *secrets) {
  if (value->type == JSON_STRING)
    api_error_on_text(error, value->text, value->length, secrets);
}

/* A name within the request, and not what some put into its place: "None", a
 * status, the key. What is said of the model and of the key is told by words
 * of their own. */
static void take_parameter(struct api_error *error,
                           const struct json_value *value) {
  static const char *const others[] = {"none", "null", "model", "key", "auth"};
  if (value->type != JSON_STRING || value->length == 0 || value->length > 64)
    return;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (contains(value->text, value->length, others[i]))
      return;
  bool letter = false;
  for (size_t i = 0; i < value->length; i++) {
    char c = value->text[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    letter = letter || is_letter;
    if (!is_letter && (c == '\0' || strchr("0123456789_.[]$", c) == NULL))
      return;
  }
  if (letter)
    find(error, FINDING_PARAMETER);
}

static bool says(const struct json_value *value, const char *word) {
  return strlen(word) == value->length &&
         strncasecmp(value->text, word, value->length) == 0;
}

/* Some relays have a place for it in every answer. */
static bool is_told(const struct json_value *value) {
  static const char *const nothing[] = {"",     "0",    "ok",
                                        "none", "null", "success"};
  switch (value->type) {
  case JSON_NULL:
  case JSON_NUMBER:
  case JSON_ARRAY:
    return false;
  case JSON_BOOLEAN:
    return value->text[0] == 't';
  case JSON_STRING:
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
      if (says(value, nothing[i]))
        return false;
    return true;
  default:
    return true;
  }
}

static bool is_code(const struct json_value *value) {
  double number;
  return is_told(value) ||
         (value->type == JSON_NUMBER &&
          json_parse_number(value->text, value->length, &number) &&
          number != 0);
}

static bool is_failure(const struct json_value *value) {
  return value->type == JSON_STRING &&
         (says(value, "error") || says(value, "fail") ||
          says(value, "failed") || says(value, "failure"));
}

void api_error_on_field(struct api_error *error, int id,
                        const struct json_value *value,
                        const struct secrets *secrets) {
  switch (id) {
  case PLACE_ERROR:
  case PLACE_ERROR_MESSAGE:
    error->present = error->present || is_told(value);
    take_message(error, value, secrets);
    break;
  case PLACE_ERROR_CODE:
    error->present = error->present || is_code(value);
    take_code(error, value, secrets);
    break;
  case PLACE_KIND:
    error->present = error->present || is_failure(value);
    take_type(error, value);
    break;
  case PLACE_SUCCESS:
    error->present = error->present ||
                     (value->type == JSON_BOOLEAN && value->text[0] == 'f');
    break;
  case PLACE_CODE:
    take_code(error, value, secrets);
    break;
  case PLACE_TYPE:
    take_type(error, value);
    break;
  case PLACE_PARAMETER:
    take_parameter(error, value);
    break;
  default:
    take_message(error, value, secrets);
  }
}

/* --- what it means -------------------------------------------------------- */

/* Statuses that leave a word the same say. */
enum {
  ON_SUCCESS = 1 << 0,
  ON_401 = 1 << 1,
  ON_402 = 1 << 2,
  ON_403 = 1 << 3,
  ON_429 = 1 << 4,
  ON_NOT_FOUND = 1 << 5, /* 400 and 404 */
  ON_REQUEST = 1 << 6,   /* any other 4xx about the request */
  ON_500 = 1 << 7,       /* and any other 5xx of the relay itself */
  ON_503 = 1 << 8,
  ON_GATEWAY = 1 << 9, /* 502 and 504 */
  ON_BEHIND = 1 << 10, /* what is behind the relay, or load */
  ON_ANY_REQUEST = ON_NOT_FOUND | ON_REQUEST,
  ON_4XX = ON_401 | ON_402 | ON_403 | ON_429 | ON_ANY_REQUEST,
  ON_ANY = ON_SUCCESS | ON_4XX | ON_500 | ON_503 | ON_GATEWAY,
};

/* 424, 425, 498 and 499 as Groq, OpenAI and nginx use them; from 520 on those
 * of Cloudflare, and 529 of Anthropic: never the fault of who asks. */
static bool is_behind(int status) {
  return status == 408 || status == 424 || status == 425 || status == 498 ||
         status == 499 || (status >= 520 && status <= 530);
}

static unsigned group_of(int status) {
  if (is_behind(status))
    return ON_BEHIND;
  switch (status) {
  case 400:
  case 404:
    return ON_NOT_FOUND;
  case 401:
    return ON_401;
  case 402:
    return ON_402;
  case 403:
    return ON_403;
  case 429:
    return ON_429;
  case 502:
  case 504:
    return ON_GATEWAY;
  case 503:
    return ON_503;
  default:
    return status / 100 == 4 ? ON_REQUEST : status / 100 == 5 ? ON_500 : 0;
  }
}

/* From the most telling to the least: the first that was found decides, under
 * the statuses that do not say something else by themselves. */
static const struct rule {
  enum finding finding;
  unsigned statuses;
  enum cause cause;
} rules[] = {
    {FINDING_UPSTREAM, ON_ANY, CAUSE_UPSTREAM},
    {FINDING_QUOTA, ON_SUCCESS | ON_4XX | ON_500, CAUSE_QUOTA},
    {FINDING_KEY_EXPIRED, ON_SUCCESS | ON_4XX, CAUSE_KEY_EXPIRED},
    {FINDING_EXPIRED, ON_401 | ON_403, CAUSE_KEY_EXPIRED},
    {FINDING_KEY_INVALID, ON_SUCCESS | ON_4XX, CAUSE_KEY_REJECTED},
    {FINDING_REGION, ON_SUCCESS | ON_4XX, CAUSE_FORBIDDEN},
    {FINDING_PARAMETER, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_MODEL, ON_SUCCESS | ON_4XX | ON_500 | ON_503,
     CAUSE_MODEL_NOT_FOUND},
    {FINDING_DENIED, ON_SUCCESS | ON_401 | ON_403 | ON_ANY_REQUEST,
     CAUSE_FORBIDDEN},
    {FINDING_UPSTREAM_TYPE, ON_ANY, CAUSE_UPSTREAM},
    {FINDING_RATE, ON_SUCCESS | ON_4XX | ON_500 | ON_503, CAUSE_RATE_LIMITED},
    {FINDING_MODEL_NAMED, ON_403 | ON_NOT_FOUND, CAUSE_MODEL_NOT_FOUND},
    {FINDING_PATH, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_ARGUMENT, ON_SUCCESS | ON_ANY_REQUEST, CAUSE_CLIENT_ERROR},
    {FINDING_KEY_LIMIT, ON_SUCCESS | ON_4XX, CAUSE_QUOTA},
    {FINDING_BUSY, ON_SUCCESS | ON_429 | ON_ANY_REQUEST | ON_500,
     CAUSE_UPSTREAM},
    {FINDING_AUTH, ON_SUCCESS | ON_401 | ON_403 | ON_ANY_REQUEST,
     CAUSE_KEY_REJECTED},
    {FINDING_REFUSED, ON_SUCCESS, CAUSE_FORBIDDEN},
    {FINDING_REQUEST, ON_SUCCESS, CAUSE_CLIENT_ERROR},
};

static bool has(findings found, enum finding finding) {
  return (found & FINDING_BIT(finding)) != 0;
}

static findings without(findings found, enum finding finding) {
  return found & ~FINDING_BIT(finding);
}

/* What takes the meaning from another finding, wherever each of them stands. */
static findings weighed(const struct api_error *error) {
  findings found = error->found;
  /* An allowance that comes back within minutes is a rate. */
  if (has(found, FINDING_QUOTA) &&
      (has(found, FINDING_WAIT) || has(found, FINDING_WINDOW)))
    found = without(found, FINDING_QUOTA) | FINDING_BIT(FINDING_RATE);
  /* Whoever behind the relay has not got it: another model is the remedy. */
  if (has(found, FINDING_MODEL))
    found = without(found, FINDING_UPSTREAM);
  /* It is the upstream that has no money. */
  if (has(found, FINDING_UPSTREAM_TYPE))
    found = without(found, FINDING_QUOTA);
  /* A limit of input tokens per minute is none of the request's own. */
  if (has(found, FINDING_WINDOW))
    found = without(found, FINDING_PARAMETER);
  /* It is named for another reason than that it is missing. */
  if (has(found, FINDING_ABOUT_PARAMETER) || has(found, FINDING_BUSY))
    found = without(found, FINDING_MODEL_NAMED);
  if (error->refuses_max_tokens)
    found |= FINDING_BIT(FINDING_PARAMETER);
  return found;
}

static const struct rule *rule_of(findings found, unsigned statuses) {
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (has(found, rules[i].finding) && (rules[i].statuses & statuses) != 0)
      return &rules[i];
  return NULL;
}

static enum cause cause_of_status(int status, bool own_error) {
  switch (group_of(status)) {
  case ON_401:
    return CAUSE_KEY_REJECTED;
  case ON_402:
    return CAUSE_QUOTA;
  case ON_403:
    return CAUSE_FORBIDDEN;
  case ON_429:
    return CAUSE_RATE_LIMITED;
  case ON_503:
  case ON_GATEWAY:
  case ON_BEHIND:
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

/* The relay's own words name what this host asks for; or they do not, or there
 * are none of its own: then the API may be somewhere else. */
static void evaluate_client_error(struct api_verdict *verdict, findings found,
                                  enum api_body body) {
  const findings ours =
      FINDING_BIT(FINDING_PARAMETER) | FINDING_BIT(FINDING_ABOUT_PARAMETER) |
      FINDING_BIT(FINDING_PATH) | FINDING_BIT(FINDING_ABOUT_PATH) |
      FINDING_BIT(FINDING_ARGUMENT);
  if (body == API_BODY_JSON && (found & ours) != 0)
    verdict->fault = FAULT_LOCAL;
  else if (body != API_BODY_JSON && verdict->advice == NULL)
    verdict->advice = "No API answers at this address: check BaseURL and Path.";
}

static const char *advice_on_max_tokens(const struct api_error *error,
                                        enum cause cause) {
  /* A gateway may make a 500 of it, or say it in a stream. */
  bool may_be = cause == CAUSE_CLIENT_ERROR || cause == CAUSE_SERVER_ERROR ||
                cause == CAUSE_UPSTREAM;
  return may_be && error->refuses_max_tokens
             ? "Set MaxCompletionTokens in <Chat>: this model refuses "
               "max_tokens."
             : NULL;
}

struct api_verdict api_error_verdict(const struct api_error *error,
                                     int http_status, enum api_body body) {
  bool success = http_status / 100 == 2;
  int status = success && error->number != 0 ? error->number : http_status;
  unsigned statuses = group_of(status) | (success ? ON_SUCCESS : 0u);
  findings found = weighed(error);
  const struct rule *rule = rule_of(found, statuses);
  bool own_error = body != API_BODY_PAGE && (error->present || status == 500);
  enum cause cause =
      rule != NULL ? rule->cause : cause_of_status(status, own_error);
  struct api_verdict verdict = {cause, causes[cause].fault,
                                advice_on_max_tokens(error, cause)};
  if (cause == CAUSE_CLIENT_ERROR)
    evaluate_client_error(&verdict, found, body);
  return verdict;
}

bool api_error_tells(const struct api_error *error) {
  return error->number != 0 || rule_of(weighed(error), ON_SUCCESS) != NULL;
}
