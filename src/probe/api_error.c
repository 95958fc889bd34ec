#include "probe/api_error.h"

#include "base/json.h"
#include "base/text.h"
#include <string.h>

/* --- where errors are found ----------------------------------------------- */

enum {
  FIELD_ERROR,         /* its presence says that this is an error */
  FIELD_ERROR_CODE,    /* likewise, unless it is 0 */
  FIELD_ERROR_MESSAGE, /* likewise, unless it says "ok" */
  FIELD_KIND,          /* an error if it says `error` or `failed` */
  FIELD_SUCCESS,       /* an error if it is false */
  FIELD_CODE,
  FIELD_TYPE, /* classified like a code, but not shown */
  FIELD_MESSAGE,
  FIELD_PARAMETER,
  FIELDS
};

_Static_assert((int)FIELDS <= (int)API_ERROR_SELECTORS,
               "identifiers are unique");

#define CODES "code|Code|error_code|status_code|raw_status_code|errorcode"
#define TYPES "type|status|reason|error_type"
#define MESSAGES                                                               \
  "message|Message|msg|detail|error|error_message|error_msg|"                  \
  "error_description|errmsg|status_msg|raw|title|faultstring"
#define CONTAINERS "error|Error|errors|err|fault|detail|message|msg|base_resp"
#define WRAPPERS "#|data|result|response|header"

/* OpenAI's {"error":{"message","type","param","code"}} and what gateways make
 * of it: members without the object, a text or a list instead of it, nested
 * objects (Google's details, OpenRouter's metadata), a list around it all, an
 * error in a single choice. */
static const struct json_selector selectors[] = {
    {"error|Error|errors|err|fault", FIELD_ERROR},
    {"error|Error|errors|err/#", FIELD_ERROR}, /* an empty list is no error */
    {"*/error|Error", FIELD_ERROR},
    {"choices/#/error", FIELD_ERROR},
    {"error_code|errcode|err_code", FIELD_ERROR_CODE},
    {"base_resp/status_code", FIELD_ERROR_CODE},
    {"error_message|error_msg|errmsg|err_msg", FIELD_ERROR_MESSAGE},
    {"object|type|status", FIELD_KIND},
    {"success", FIELD_SUCCESS},
    {"code", FIELD_CODE},
    {"reason|error_type|statusText", FIELD_TYPE},
    {"message|Message|msg|detail|title", FIELD_MESSAGE},
    {"param", FIELD_PARAMETER},
    {CONTAINERS "/" CODES, FIELD_CODE},
    {CONTAINERS "/" TYPES, FIELD_TYPE},
    {CONTAINERS "/" MESSAGES, FIELD_MESSAGE},
    {CONTAINERS "/param", FIELD_PARAMETER},
    {CONTAINERS "/#", FIELD_MESSAGE}, /* a list of texts */
    {CONTAINERS "/*/" CODES, FIELD_CODE},
    {CONTAINERS "/*/" TYPES, FIELD_TYPE},
    {CONTAINERS "/*/" MESSAGES, FIELD_MESSAGE},
    {"error/details/*/" TYPES, FIELD_TYPE},
    {"error/details/*/" MESSAGES, FIELD_MESSAGE},
    {WRAPPERS "/" CODES, FIELD_CODE},
    {WRAPPERS "/" TYPES, FIELD_TYPE},
    {WRAPPERS "/" MESSAGES, FIELD_MESSAGE},
    {"*/error|Error/" CODES, FIELD_CODE},
    {"*/error|Error/" TYPES, FIELD_TYPE},
    {"*/error|Error/" MESSAGES, FIELD_MESSAGE},
    {"choices/#/error/" CODES, FIELD_CODE},
    {"choices/#/error/" TYPES, FIELD_TYPE},
    {"choices/#/error/" MESSAGES, FIELD_MESSAGE},
};

_Static_assert(sizeof selectors / sizeof *selectors == API_ERROR_PATHS,
               "probes know how many they are");

void api_error_select(struct json_reader *reader) {
  json_select_all(reader, selectors, sizeof selectors / sizeof *selectors);
}

/* --- reading an error ----------------------------------------------------- */

enum {
  TEXTS_MAX = 32,  /* that are classified */
  KIND_MAX = 64,   /* bytes */
  NESTING_MAX = 2, /* documents within texts */
};

static void add_finding(struct api_error *error, enum finding finding) {
  error->found |= FINDING_BIT(finding);
}

static void classify_message(struct api_error *error, const char *text,
                             size_t length) {
  if (error->text_count++ < TEXTS_MAX)
    error->found |= classify_text(text, length, error->model);
}

static void classify_value(struct api_error *error,
                           const struct json_value *value) {
  if (error->text_count++ < TEXTS_MAX)
    error->found |= classify_name(value->text, value->length);
}

static bool is_status(double number) { return number >= 400 && number < 600; }

static void on_number(struct api_error *error, const struct json_value *value) {
  double number;
  if (error->number == 0 &&
      json_parse_number(value->text, value->length, &number) &&
      is_status(number))
    error->number = (int)number;
}

static void on_code(struct api_error *error, const struct json_value *value,
                    const struct secrets *secrets) {
  if (value->type != JSON_STRING && value->type != JSON_NUMBER)
    return;
  if (value->type == JSON_STRING)
    classify_value(error, value);
  on_number(error, value);
  if (error->code[0] == '\0')
    text_sanitize(error->code, sizeof error->code, value->text, value->length,
                  secrets);
}

static void on_type(struct api_error *error, const struct json_value *value) {
  if (value->type == JSON_STRING)
    classify_value(error, value);
  else if (value->type == JSON_NUMBER)
    on_number(error, value);
}

static bool equals(const struct json_value *value, const char *word) {
  return text_equals_no_case(value->text, value->length, word);
}

static bool is_failure_word(const struct json_value *value) {
  return value->type == JSON_STRING &&
         (equals(value, "error") || equals(value, "fail") ||
          equals(value, "failed") || equals(value, "failure"));
}

/* Each event of a stream has a kind, so all but the first do not count towards
 * the limit on texts: what an error at the end says must be found. */
static void on_kind(struct api_error *error, const struct json_value *value) {
  error->present = error->present || is_failure_word(value);
  if (value->type == JSON_STRING && value->length <= KIND_MAX &&
      error->text_count > 0)
    error->found |= classify_name(value->text, value->length);
  else
    on_type(error, value);
}

struct nested {
  struct api_error *error;
  const struct secrets *secrets;
};

static void on_nested_field(void *user, int id,
                            const struct json_value *value) {
  struct nested *nested = user;
  api_error_on_field(nested->error, id, value, nested->secrets);
}

/* Gateways embed an upstream's answer in a text. */
static void parse_nested(struct api_error *error, const char *text,
                         size_t length, const struct secrets *secrets) {
  struct json_reader reader; /* large, and on the stack at most NESTING_MAX
                                times */
  struct nested nested = {error, secrets};
  json_open(&reader, on_nested_field, &nested);
  api_error_select(&reader);
  json_feed(&reader, text, length);
  json_close(&reader);
}

/* The offset of the JSON in a text. `*introduced`: words precede it. */
static size_t find_document(const char *text, size_t length, bool *introduced) {
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
  size_t start = find_document(text, length, &introduced);
  classify_message(error, text, length);
  if (start < length && error->nesting < NESTING_MAX &&
      error->text_count < TEXTS_MAX) {
    bool shown = error->message[0] != '\0';
    error->nesting++;
    parse_nested(error, text + start, length - start, secrets);
    error->nesting--;
    if (introduced && !shown)
      error->message[0] = '\0'; /* the introduction is shown as well */
  }
  error->refuses_max_tokens =
      error->refuses_max_tokens ||
      text_contains_no_case(text, length, "use 'max_completion_tokens'");
  if (error->message[0] == '\0')
    text_sanitize(error->message, sizeof error->message, text, length, secrets);
}

static void on_message(struct api_error *error, const struct json_value *value,
                       const struct secrets *secrets) {
  if (value->type == JSON_STRING)
    api_error_on_text(error, value->text, value->length, secrets);
}

/* The name of a parameter of the request, as opposed to what some relays put
 * here instead: "None", a status, the key. Errors about the model or the key
 * are recognized by their words. */
static void on_parameter(struct api_error *error,
                         const struct json_value *value) {
  static const char *const others[] = {"none", "null", "model", "key", "auth"};
  if (value->type != JSON_STRING || value->length == 0 || value->length > 64)
    return;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (text_contains_no_case(value->text, value->length, others[i]))
      return;
  bool letter = false;
  for (size_t i = 0; i < value->length; i++) {
    char c = value->text[i];
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    letter = letter || is_letter;
    if (!is_letter && (c == '\0' || strchr("0123456789_.[]$", c) == NULL))
      return;
  }
  if (!letter)
    return;
  add_finding(error, FINDING_PARAMETER);
  if (error->parameter[0] == '\0')
    text_sanitize(error->parameter, sizeof error->parameter, value->text,
                  value->length, NULL);
}

/* Some relays have an empty error member in every answer. */
static bool is_error_value(const struct json_value *value) {
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
      if (equals(value, nothing[i]))
        return false;
    return true;
  default:
    return true;
  }
}

static bool is_error_code(const struct json_value *value) {
  double number;
  return is_error_value(value) ||
         (value->type == JSON_NUMBER &&
          json_parse_number(value->text, value->length, &number) &&
          number != 0);
}

void api_error_on_field(struct api_error *error, int id,
                        const struct json_value *value,
                        const struct secrets *secrets) {
  switch (id) {
  case FIELD_ERROR:
  case FIELD_ERROR_MESSAGE:
    error->present = error->present || is_error_value(value);
    on_message(error, value, secrets);
    break;
  case FIELD_ERROR_CODE:
    error->present = error->present || is_error_code(value);
    on_code(error, value, secrets);
    break;
  case FIELD_KIND:
    on_kind(error, value);
    break;
  case FIELD_SUCCESS:
    error->present = error->present ||
                     (value->type == JSON_BOOLEAN && value->text[0] == 'f');
    break;
  case FIELD_CODE:
    on_code(error, value, secrets);
    break;
  case FIELD_TYPE:
    on_type(error, value);
    break;
  case FIELD_PARAMETER:
    on_parameter(error, value);
    break;
  default:
    on_message(error, value, secrets);
  }
}
