/* The content of a <Plugin> block; it may close the block and begin another. In
 * values, $KEY is replaced by the key where a value is secret, $FILE0 to $FILE3
 * by files, the first two with a valid key. */
#define _GNU_SOURCE /* memfd_create */
#include "config/config_items.h"
#include "config/config_settings.h"
#include "config/config_text.h"
#include "fuzz.h"
#include "http/url.h"
#include "model/prompt.h"
#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"
#include "probe/request_body.h"
#include "state/messages.h"
#include "state/spending.h"
#include "state/system_files.h"

#include <math.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yajl/yajl_tree.h>

const char *const fuzz_name = "config";

/* --- files and variables that the configuration may name ------------------ */

static const struct {
  mode_t mode;
  const char *content;
} contents[] = {
    {0600, FUZZ_KEY "\n"}, {0644, FUZZ_KEY}, {0600, "\n"}, {0600, FUZZ_HEADER}};

enum { FILES = sizeof contents / sizeof *contents };

static char paths[FILES][64]; /* in-memory files: no clean-up needed */

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  for (unsigned i = 0; i < FILES; i++) {
    size_t size = strlen(contents[i].content);
    int file = memfd_create("key", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0 && fchmod(file, contents[i].mode) == 0);
    FUZZ_CHECK(write(file, contents[i].content, size) == (ssize_t)size);
    snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d", file);
  }
  FUZZ_CHECK(clearenv() == 0);
  FUZZ_CHECK(setenv("HOLYSHEEP_API_KEY", FUZZ_KEY, 1) == 0);
  FUZZ_CHECK(setenv("EMPTY", "", 1) == 0);
  FUZZ_CHECK(setenv("SPACED", FUZZ_HEADER, 1) == 0);
  return 0;
}

/* Credentials before the host of a URL are hidden in messages. */
static bool is_in_credentials(const char *text, const char *at) {
  const char *authority = strstr(text, "://");
  if (authority == NULL || authority + 3 > at)
    return false;
  authority += 3;
  const char *end = authority + strcspn(authority, "/?#\\");
  const char *sign = memchr(at, '@', at < end ? (size_t)(end - at) : 0);
  return sign != NULL;
}

static bool may_hold_key(const struct config_item *key, const char *text,
                         const char *at) {
  return key->type == CONFIG_SECRET || key->type == CONFIG_HEADERS ||
         ((key->type == CONFIG_URL || key->type == CONFIG_PROXY) &&
          is_in_credentials(text, at));
}

static char *joined(const char *text, size_t length, const char *middle,
                    const char *rest) {
  char *out = malloc(length + strlen(middle) + strlen(rest) + 1);
  FUZZ_CHECK(out != NULL);
  memcpy(out, text, length);
  strcpy(out + length, middle);
  strcat(out, rest);
  return out;
}

/* No files of the host are opened. */
static char *expand_file(const char *text) {
  if (strncmp(text, "$FILE", 5) == 0 && text[5] >= '0' && text[5] < '0' + FILES)
    return joined("", 0, paths[text[5] - '0'], text + 6);
  return joined("", 0, text[0] == '/' ? "/nonexistent" : "", text);
}

/* If the input itself contains a secret, even if only once sanitized, a message
 * may quote it. */
static bool quotes_secret;

static void detect_secret(const char *text, size_t length) {
  char *shown = malloc(length + 1);
  FUZZ_CHECK(shown != NULL);
  text_sanitize(shown, length + 1, text, length, NULL);
  if (fuzz_has_secret(text, length) || fuzz_has_secret(shown, strlen(shown)))
    quotes_secret = true;
  free(shown);
}

static char *expand(const char *name, const char *text) {
  detect_secret(text, strlen(text));
  const struct config_item *key = config_item_find(name, SCOPE_RELAY);
  if (key != NULL && (key->type == CONFIG_FILE || key->type == CONFIG_KEY_FILE))
    return expand_file(text);
  const char *at = strstr(text, "$KEY");
  if (key == NULL || at == NULL || !may_hold_key(key, text, at))
    return joined("", 0, "", text);
  return joined(text, (size_t)(at - text), FUZZ_KEY, at + 4);
}

/* --- checks of the settings ---------------------------------------------- */

/* One line of collectd's log. */
static void check_line(const char *line) {
  FUZZ_CHECK(line[0] != '\0');
  if (!quotes_secret)
    fuzz_check_text(line);
}

static void check_number(const struct config_item *key, double number) {
  bool unset = number <= 0 && key->default_value == NULL;
  FUZZ_CHECK(unset || (number >= key->min && number <= key->max));
}

static void check_string(const struct config_item *key, const char *text) {
  FUZZ_CHECK(text != NULL || key->default_value == NULL);
  if (text == NULL)
    return;
  FUZZ_CHECK(text[0] != '\0' && strlen(text) <= (size_t)key->max);
  FUZZ_CHECK(text_is_utf8(text, strlen(text)));
  FUZZ_CHECK(key->type != CONFIG_PATH || text[0] == '/');
  FUZZ_CHECK((key->type != CONFIG_FILE && key->type != CONFIG_KEY_FILE) ||
             text[0] == '/');
  FUZZ_CHECK((key->type != CONFIG_URL && key->type != CONFIG_PROXY) ||
             strpbrk(text, "?#") == NULL);
}

static void check_member(const struct config_item *key, const void *place) {
  switch (key->type) {
  case CONFIG_NUMBER:
    check_number(key, *(const double *)place);
    break;
  case CONFIG_SECONDS:
    check_number(key, seconds_of(*(const usec *)place));
    break;
  case CONFIG_MILLISECONDS:
    check_number(key, seconds_of(*(const usec *)place) * 1000);
    break;
  case CONFIG_COUNT:
  case CONFIG_RATE:
    check_number(key, *(const unsigned *)place);
    break;
  case CONFIG_TEXT:
  case CONFIG_WORD:
  case CONFIG_FILE:
  case CONFIG_KEY_FILE:
  case CONFIG_URL:
  case CONFIG_PROXY:
  case CONFIG_PATH:
  case CONFIG_SECRET:
    check_string(key, *(char *const *)place);
    break;
  case CONFIG_ADDRESS:
    FUZZ_CHECK(*(const enum address_family *)place <= ADDRESS_IPV6);
    break;
  case CONFIG_DATE:
    FUZZ_CHECK(*(const int64_t *)place >= 0);
    break;
  default:
    break;
  }
}

static void check_members(unsigned scopes, const void *object) {
  for (size_t i = 0; i < config_item_count; i++)
    if ((config_items[i].scopes & scopes) != 0)
      check_member(&config_items[i],
                   (const char *)object + config_items[i].offset);
}

static void check_label(const char *label) {
  FUZZ_CHECK(memchr(label, '\0', LABEL_MAX) != NULL);
  FUZZ_CHECK(strpbrk(label, "/,=") == NULL);
  for (const char *p = label; *p != '\0'; p++)
    FUZZ_CHECK((unsigned char)*p >= ' ' && *p != 0x7F);
}

/* The request body contains the configured values, whatever their characters,
 * and its length does not depend on the time. */
static void check_body(const struct probe_settings *probe, double now) {
  const char *model_path[] = {"model", NULL};
  struct prompt_values values;
  prompt_values_init(&values, 0, 0);
  size_t length = request_body_write(probe, &values, NULL);
  char *body = malloc(length + 1);
  FUZZ_CHECK(body != NULL);
  prompt_values_init(&values, now, 1);
  FUZZ_CHECK(request_body_write(probe, &values, body) == length);
  FUZZ_CHECK(strlen(body) == length);
  yajl_val tree = yajl_tree_parse(body, NULL, 0);
  yajl_val model = yajl_tree_get(tree, model_path, yajl_t_string);
  FUZZ_CHECK(model != NULL);
  FUZZ_CHECK(strcmp(model->u.string, probe->model) == 0);
  yajl_tree_free(tree);
  free(body);
}

/* A word that was not sent cannot come back; a stream that is over has no first
 * token. */
static void check_answer(const struct probe_settings *probe) {
  FUZZ_CHECK(probe->expect == NULL || !prompt_has_word(probe->expect) ||
             prompt_has_word(probe->prompt));
  FUZZ_CHECK(probe->first_token_timeout == 0 ||
             (probe->stream && probe->first_token_timeout <= probe->timeout));
}

/* Billing settings must allow a balance to be determined. */
static void check_billing(const struct probe_settings *probe) {
  FUZZ_CHECK(probe->preset != NULL);
  FUZZ_CHECK(billing_preset_is_searched(probe) ||
             probe->remaining_key != NULL ||
             (probe->limit_key != NULL && probe->used_key != NULL));
}

static void check_required(const struct probe_settings *probe) {
  FUZZ_CHECK(probe->required_count <= REQUIRED_MAX);
  for (size_t i = 0; i < probe->required_count; i++) {
    FUZZ_CHECK(probe->required[i].id[0] != '\0');
    check_label(probe->required[i].label);
  }
}

static void check_probe(const struct probe_settings *probe) {
  FUZZ_CHECK((probe->kind->prober->add_members != NULL) ==
             probe_kind_has(probe->kind, PROBE_USES_TOKENS));
  FUZZ_CHECK(probe->interval >= usec_of(0.1) &&
             probe->interval <= usec_of(86400));
  FUZZ_CHECK(probe->timeout >= 100 * USEC_PER_MSEC && probe->path[0] == '/');
  check_label(probe->model_label);
  check_required(probe);
  if (probe_kind_has(probe->kind, PROBE_TELLS_BALANCE))
    check_billing(probe);
  if (!probe_kind_has(probe->kind, PROBE_USES_TOKENS))
    return;
  FUZZ_CHECK(probe_settings_prompt_tokens(probe) > 7);
  FUZZ_CHECK(probe_settings_answer_tokens(probe) > 0);
  FUZZ_CHECK(probe->max_cost_per_day <= 0 || spending_has_prices(probe));
  check_answer(probe);
  check_body(probe, 0);
  check_body(probe, 1893456000);
}

static void check_key(const struct key_source *source) {
  struct key key;
  struct error error;
  key_init(&key, source, &system_files);
  FUZZ_CHECK(key_read(&key, 0, &error) && key.value[0] != '\0');
}

static void check_relay(const struct relay_settings *relay) {
  char line[MESSAGE_MAX];
  message_startup(line, relay);
  check_line(line);
  check_members(SCOPE_RELAY, relay);
  check_label(relay->label);
  FUZZ_CHECK(relay->label[0] != '\0');
  check_key(&relay->key);
  FUZZ_CHECK(relay->probe_count > 0);
  FUZZ_CHECK(relay->max_requests == 0 ||
             (relay->max_requests_span >= USEC_PER_SEC &&
              relay->max_requests_span <= usec_of(86400)));
  for (size_t i = 0; i < relay->header_count; i++)
    FUZZ_CHECK(header_value(relay->headers[i])[0] != '\0');
  for (size_t i = 0; i < relay->probe_count; i++) {
    const struct probe_settings *probe = &relay->probes[i];
    check_members(config_probe_scopes(probe->kind), probe);
    check_probe(probe);
  }
}

static void check_settings(const struct settings *settings) {
  check_members(SCOPE_PLUGIN, settings);
  for (size_t i = 0; i < settings->relay_count; i++) {
    check_relay(&settings->relays[i]);
    for (size_t j = 0; j < i; j++)
      FUZZ_CHECK(strcmp(settings->relays[i].label, settings->relays[j].label) !=
                 0);
  }
}

/* --- parsing -------------------------------------------------------------- */

static void expand_all(struct config_node *node) {
  for (size_t i = 0; i < node->value_count; i++)
    if (node->values[i].type == VALUE_TEXT) {
      char *text = (char *)node->values[i].text;
      node->values[i].text = expand(node->key, text);
      free(text);
    }
  for (struct config_node *child = node->children; child != NULL;
       child = child->next)
    expand_all(child);
}

static struct config_node *parse(const uint8_t *data, size_t size) {
  static const char before[] = "<Plugin x>\n", after[] = "\n</Plugin>\n";
  size_t length = sizeof before - 1 + size + sizeof after - 1;
  struct error error;
  char *text = malloc(length + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text, before, sizeof before - 1);
  memcpy(text + sizeof before - 1, data, size);
  strcpy(text + sizeof before - 1 + size, after);
  struct config_node *root = config_text_parse("input", text, length, &error);
  free(text);
  if (root == NULL)
    check_line(error.text);
  return root;
}

static void read_blocks(const struct config_node *root) {
  struct settings settings = {.interval = 10 * USEC_PER_SEC};
  struct config_reader reader = {
      .warn = check_line, .files = &system_files, .urls = &http_url_rules};
  struct error error = {{0}};
  bool good = true;
  for (const struct config_node *node = root->children; node != NULL && good;
       node = node->next)
    good = config_settings_read(node, &settings, &reader, &error);
  if (good)
    check_settings(&settings);
  else
    check_line(error.text);
  settings_free(&settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  quotes_secret = false;
  detect_secret((const char *)data, size);
  struct config_node *root = parse(data, size);
  if (root != NULL) {
    expand_all(root);
    read_blocks(root);
  }
  config_node_free(root);
  return 0;
}
