#include "config/config_value.h"

#include "base/text.h"
#include "model/settings.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Checks a value and stores it. The error only says what would be right;
 * config_value_store() prepends the key and the value. */
typedef bool setter(const struct config_item *key,
                    const struct config_value *value, void *target,
                    struct error *error);

static bool is_single_line(const char *text) {
  for (const char *p = text; *p != '\0'; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7F)
      return false;
  return true;
}

bool config_value_copy(const char *text, char **target, struct error *error) {
  char *copy = strdup(text);
  if (copy == NULL)
    return error_set(error, "out of memory");
  free(*target);
  *target = copy;
  return true;
}

static bool set_any_text(const struct config_item *key,
                         const struct config_value *value, void *target,
                         struct error *error) {
  if (value->type != VALUE_TEXT)
    return error_set(error, "must be a string in quotes");
  const char *text = value->text;
  if (text[0] == '\0')
    return error_set(error, "must not be empty");
  if (strlen(text) > (size_t)key->max)
    return error_set(error, "is too long: at most %.0f bytes are allowed",
                     key->max);
  if (!text_is_utf8(text, strlen(text)))
    return error_set(error, "is not valid UTF-8");
  return config_value_copy(text, target, error);
}

static bool set_word(const struct config_item *key,
                     const struct config_value *value, void *target,
                     struct error *error) {
  if (!set_any_text(key, value, target, error))
    return false;
  for (const char *p = value->text; *p != '\0'; p++)
    if (*p < 'a' || *p > 'z')
      return error_set(error, "must be a word of lower-case letters");
  return true;
}

static bool set_key_file(const struct config_item *key,
                         const struct config_value *value, void *target,
                         struct error *error) {
  if (!set_any_text(key, value, target, error))
    return false;
  return value->text[0] == '/' ||
         error_set(error,
                   "must be an absolute path: collectd changes its working "
                   "directory after it has read its configuration");
}

static bool set_file(const struct config_item *key,
                     const struct config_value *value, void *target,
                     struct error *error) {
  if (!set_key_file(key, value, target, error))
    return false;
  return access(value->text, R_OK) == 0 ||
         error_set(error, "cannot be read: %s", strerror(errno));
}

/* POSIX's, and lower-case letters. */
#define VARIABLE_LETTERS                                                       \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static bool set_variable(const struct config_item *key,
                         const struct config_value *value, void *target,
                         struct error *error) {
  if (!set_any_text(key, value, target, error))
    return false;
  for (const char *p = value->text; *p != '\0'; p++)
    if (strchr(VARIABLE_LETTERS, *p) == NULL)
      return error_set(error, "must be the name of an environment variable, "
                              "such as HOLYSHEEP_API_KEY");
  return true;
}

/* A trailing `/` would be doubled by a path. */
static void trim_slashes(char *text) {
  size_t length = strlen(text);
  while (length > 0 && text[length - 1] == '/')
    text[--length] = '\0';
}

static bool set_url(const struct config_item *key,
                    const struct config_value *value, void *target,
                    struct error *error) {
  if (!set_any_text(key, value, target, error))
    return false;
  trim_slashes(*(char **)target);
  return true;
}

/* The transport decides what is a valid URL. */
static bool check_url(const struct config_item *key,
                      const struct config_value *value,
                      const struct url_rules *urls, struct error *error) {
  struct url url;
  switch (key->type) {
  case CONFIG_URL:
    return urls->parse(value->text, &url, error) &&
           (!url.query || error_set(error, "must be a URL without ? and #"));
  case CONFIG_PROXY:
    return urls->parse_proxy(value->text, &url, error);
  default:
    return true;
  }
}

/* Only characters that are valid in a request line (RFC 3986, sections 3.3 and
 * 3.4). */
static bool set_path(const struct config_item *key,
                     const struct config_value *value, void *target,
                     struct error *error) {
  if (!set_any_text(key, value, target, error))
    return false;
  const char *path = value->text;
  if (path[0] != '/')
    return error_set(error, "must be a path that starts with /");
  for (const char *p = path; *p != '\0'; p++)
    if (*p <= ' ' || *p >= 0x7F || strchr("\"#<>\\^`{|}", *p) != NULL)
      return error_set(error, "contains a character that is not allowed in the "
                              "path of a URL; write it as %%XX");
  return true;
}

static bool is_header_name(const char *name, size_t length) {
  static const char others[] = "!#$%&'*+-.^_`|~";
  for (size_t i = 0; i < length; i++)
    if (!((name[i] >= 'a' && name[i] <= 'z') ||
          (name[i] >= 'A' && name[i] <= 'Z') ||
          (name[i] >= '0' && name[i] <= '9') ||
          (name[i] != '\0' && strchr(others, name[i]) != NULL)))
      return false;
  return length > 0;
}

/* Headers that the plugin or libcurl sets. */
static bool is_own_header(const char *name, size_t length) {
  static const char *const own[] = {"Authorization",
                                    "Host",
                                    "Content-Type",
                                    "Content-Length",
                                    "Accept-Encoding",
                                    "Connection",
                                    "Transfer-Encoding",
                                    "Expect",
                                    "TE"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (text_equals_no_case(name, length, own[i]))
      return true;
  return false;
}

static bool check_header(const char *text, struct error *error) {
  size_t name = strcspn(text, ":");
  if (text[name] == '\0' || !is_header_name(text, name))
    return error_set(error, "must be \"Name: value\"");
  if (!is_single_line(text) || header_value(text)[0] == '\0')
    return error_set(error,
                     "must be \"Name: value\", with a value and on one line");
  if (is_own_header(text, name))
    return error_set(error, "%.*s is set by the plugin itself", (int)name,
                     text);
  return true;
}

/* `target` is the member `headers`; the count is next to it. */
static bool set_header(const struct config_item *key,
                       const struct config_value *value, void *target,
                       struct error *error) {
  struct relay_settings *relay =
      (void *)((char *)target - offsetof(struct relay_settings, headers));
  char *text = NULL;
  if (!set_any_text(key, value, &text, error) || !check_header(text, error)) {
    free(text);
    return false;
  }
  char **more = realloc(relay->headers,
                        (relay->header_count + 1) * sizeof *relay->headers);
  if (more == NULL) {
    free(text);
    return error_set(error, "out of memory");
  }
  relay->headers = more;
  relay->headers[relay->header_count++] = text;
  return true;
}

/* sscanf alone would also accept blanks and signs. */
static bool is_date(const char *text) {
  static const char form[] = "0000-00-00";
  for (size_t i = 0; i < sizeof form - 1; i++)
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
      return false;
  return text[sizeof form - 1] == '\0';
}

static bool set_date(const struct config_item *key,
                     const struct config_value *value, void *target,
                     struct error *error) {
  (void)key;
  struct tm day = {0};
  if (value->type != VALUE_TEXT || !is_date(value->text) ||
      sscanf(value->text, "%d-%d-%d", &day.tm_year, &day.tm_mon,
             &day.tm_mday) != 3)
    return error_set(error, "must be a date such as \"2027-01-31\"");
  day.tm_year -= 1900;
  day.tm_mon -= 1;
  struct tm normal = day;
  time_t when = timegm(&normal);
  if (normal.tm_mday != day.tm_mday || normal.tm_mon != day.tm_mon || when <= 0)
    return error_set(error, "this date does not exist");
  *(int64_t *)target = (int64_t)when;
  return true;
}

static bool parse_number(const struct config_item *key,
                         const struct config_value *value, double *number,
                         struct error *error) {
  if (value->type != VALUE_NUMBER || !isfinite(value->number))
    return error_set(error, "must be a number without quotes");
  *number = value->number;
  if (*number < key->min || *number > key->max)
    return error_set(error, "must be a number from %g to %.10g", key->min,
                     key->max);
  return true;
}

static bool set_number(const struct config_item *key,
                       const struct config_value *value, void *target,
                       struct error *error) {
  return parse_number(key, value, target, error);
}

static bool set_count(const struct config_item *key,
                      const struct config_value *value, void *target,
                      struct error *error) {
  double number = 0;
  if (!parse_number(key, value, &number, error))
    return false;
  if (number != floor(number))
    return error_set(error, "must be a whole number");
  *(unsigned *)target = (unsigned)number;
  return true;
}

static bool set_seconds(const struct config_item *key,
                        const struct config_value *value, void *target,
                        struct error *error) {
  double seconds = 0;
  if (!parse_number(key, value, &seconds, error))
    return false;
  *(usec *)target = usec_of(seconds);
  return true;
}

/* Seconds instead of milliseconds is the most common mistake. */
static bool set_milliseconds(const struct config_item *key,
                             const struct config_value *value, void *target,
                             struct error *error) {
  unsigned count = 0;
  if (value->type == VALUE_NUMBER && value->number > 0 &&
      value->number < key->min)
    return error_set(error, "is in milliseconds, did you mean %.10g?",
                     value->number * 1000);
  if (!set_count(key, value, &count, error))
    return false;
  *(usec *)target = (usec)count * USEC_PER_MSEC;
  return true;
}

static bool set_boolean(const struct config_item *key,
                        const struct config_value *value, void *target,
                        struct error *error) {
  (void)key;
  if (value->type != VALUE_BOOLEAN)
    return error_set(error, "must be true or false without quotes");
  *(bool *)target = value->boolean;
  return true;
}

static bool set_address(const struct config_item *key,
                        const struct config_value *value, void *target,
                        struct error *error) {
  (void)key;
  static const char *const names[] = {
      [ADDRESS_ANY] = "any", [ADDRESS_IPV4] = "ipv4", [ADDRESS_IPV6] = "ipv6"};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    if (value->type == VALUE_TEXT && strcasecmp(value->text, names[i]) == 0) {
      *(enum address_family *)target = (enum address_family)i;
      return true;
    }
  return error_set(error, "must be \"any\", \"ipv4\" or \"ipv6\"");
}

/* `target` is the member `max_requests`; the period is next to it. The first
 * value is the count, the second the seconds. */
static bool set_rate(const struct config_item *key,
                     const struct config_value *value, void *target,
                     struct error *error) {
  struct relay_settings *relay =
      (void *)((char *)target - offsetof(struct relay_settings, max_requests));
  struct config_item seconds = {.min = 1, .max = 86400};
  if (relay->max_requests == 0)
    return set_count(key, value, target, error);
  return set_seconds(&seconds, value, &relay->max_requests_span, error);
}

/* `target` is the member `required`; the count is next to it. */
static bool set_required(const struct config_item *key,
                         const struct config_value *value, void *target,
                         struct error *error) {
  struct probe_settings *probe =
      (void *)((char *)target - offsetof(struct probe_settings, required));
  if (probe->required_count == REQUIRED_MAX)
    return error_set(error, "too many: at most %d are allowed", REQUIRED_MAX);
  struct required *more =
      realloc(probe->required, (probe->required_count + 1) * sizeof *more);
  if (more == NULL)
    return error_set(error, "out of memory");
  probe->required = more;
  struct required *model = &more[probe->required_count];
  *model = (struct required){0};
  if (!set_any_text(key, value, &model->id, error))
    return false;
  probe->required_count++;
  if (!text_escape_label(model->label, sizeof model->label, model->id))
    return error_set(
        error, "is too long for a collectd label: at most %d bytes are allowed",
        LABEL_MAX - 1);
  for (size_t i = 0; i + 1 < probe->required_count; i++)
    if (strcmp(more[i].label, model->label) == 0)
      return error_set(error, "another one looks the same in the metrics");
  return true;
}

static setter *const setters[] = {
    [CONFIG_TEXT] = set_any_text,
    [CONFIG_FILE] = set_file,
    [CONFIG_WORD] = set_word,
    [CONFIG_URL] = set_url,
    [CONFIG_PROXY] = set_url,
    [CONFIG_PATH] = set_path,
    [CONFIG_SECRET] = set_any_text,
    [CONFIG_VARIABLE] = set_variable,
    [CONFIG_HEADERS] = set_header,
    [CONFIG_DATE] = set_date,
    [CONFIG_NUMBER] = set_number,
    [CONFIG_SECONDS] = set_seconds,
    [CONFIG_MILLISECONDS] = set_milliseconds,
    [CONFIG_RATE] = set_rate,
    [CONFIG_REQUIRED] = set_required,
    [CONFIG_COUNT] = set_count,
    [CONFIG_BOOLEAN] = set_boolean,
    [CONFIG_ADDRESS] = set_address,
    [CONFIG_KEY_FILE] = set_key_file,
};

/* A URL may contain a password or a key. Anything that is not a path, a URL or
 * the name of a variable may be the API key itself, by mistake. */
static bool is_secret(const struct config_item *key,
                      const struct config_value *value) {
  if (key->type == CONFIG_SECRET || key->type == CONFIG_HEADERS)
    return true;
  if (value->type != VALUE_TEXT)
    return false;
  const char *text = value->text;
  switch (key->type) {
  case CONFIG_VARIABLE:
    return true;
  case CONFIG_URL:
  case CONFIG_PROXY:
    return text[0] != '\0' &&
           (strpbrk(text, "@?#") != NULL || strstr(text, "://") == NULL);
  case CONFIG_FILE:
  case CONFIG_KEY_FILE:
    return text[0] != '\0' && text[0] != '/';
  default:
    return false;
  }
}

/* Prepends the key to the error, and the value unless it is secret. */
static bool error_prefix(const struct config_item *key,
                         const struct config_value *value,
                         struct error *error) {
  char shown[80];
  if (is_secret(key, value))
    return error_prepend(error, "%s: ", key->name);
  switch (value->type) {
  case VALUE_TEXT:
    text_sanitize(shown, sizeof shown, value->text, strlen(value->text), NULL);
    return error_prepend(error, "%s \"%s\": ", key->name, shown);
  case VALUE_NUMBER:
    return error_prepend(error, "%s %.10g: ", key->name, value->number);
  default:
    return error_prepend(error, "%s %s: ", key->name,
                         value->boolean ? "true" : "false");
  }
}

/* How many values a key accepts. */
static size_t values_max(const struct config_item *key) {
  return key->type == CONFIG_REQUIRED ? REQUIRED_MAX
         : key->type == CONFIG_RATE   ? 2
                                      : 1;
}

static bool check_value_count(const struct config_item *key,
                              const struct config_node *item,
                              struct error *error) {
  size_t max = values_max(key);
  if (item->children != NULL)
    return error_set(error, "%s: must be a value, not a block", key->name);
  if (item->value_count >= 1 && item->value_count <= max)
    return true;
  return max == 1 ? error_set(error, "%s: takes one value, not %zu", key->name,
                              item->value_count)
                  : error_set(error, "%s: takes one to %zu values, not %zu",
                              key->name, max, item->value_count);
}

bool config_value_store(const struct config_item *key,
                        const struct config_node *item,
                        const struct url_rules *urls, void *object,
                        struct error *error) {
  void *target = (char *)object + key->offset;
  if (!check_value_count(key, item, error))
    return false;
  for (size_t i = 0; i < item->value_count; i++)
    if (!setters[key->type](key, &item->values[i], target, error) ||
        !check_url(key, &item->values[i], urls, error))
      return error_prefix(key, &item->values[i], error);
  return true;
}

static struct config_value default_value_of(const struct config_item *key) {
  struct config_value value = {.type = VALUE_TEXT};
  switch (key->type) {
  case CONFIG_NUMBER:
  case CONFIG_COUNT:
  case CONFIG_SECONDS:
  case CONFIG_MILLISECONDS:
    value.type = VALUE_NUMBER;
    value.number = strtod(key->default_value, NULL);
    break;
  case CONFIG_BOOLEAN:
    value.type = VALUE_BOOLEAN;
    value.boolean = strcmp(key->default_value, "true") == 0;
    break;
  default:
    value.text = key->default_value;
  }
  return value;
}

bool config_value_defaults(unsigned scopes, void *object, struct error *error) {
  for (size_t i = 0; i < config_item_count; i++) {
    const struct config_item *key = &config_items[i];
    if ((key->scopes & scopes) == 0 || key->default_value == NULL)
      continue;
    struct config_value value = default_value_of(key);
    if (!setters[key->type](key, &value, (char *)object + key->offset, error))
      return error_prepend(error, "%s: ", key->name);
  }
  return true;
}

bool config_value_text(const struct config_node *item, size_t max, char **text,
                       struct error *error) {
  struct config_item key = {.name = item->key, .max = (double)max};
  if (item->value_count != 1)
    return error_set(error, "%s: requires one name in quotes", item->key);
  return set_any_text(&key, &item->values[0], text, error) ||
         error_prefix(&key, &item->values[0], error);
}
