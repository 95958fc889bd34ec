#include "check/relay_block.h"

#include "config/config_items.h"
#include "probe/probe_kind.h"

#include <string.h>

bool check_block_holds(const char *text, size_t length,
                       const struct secrets *secrets) {
  char shown[4096];
  if (length == 0 || length >= sizeof shown)
    return false;
  text_sanitize(shown, sizeof shown, text, length, secrets);
  return strlen(shown) == length && memcmp(shown, text, length) == 0 &&
         strpbrk(shown, "\"\\") == NULL;
}

/* The beginning of a text, as much of it as collectd's labels have room for. */
static void shorten(char name[LABEL_MAX], const char *text, size_t length) {
  char label[LABEL_MAX];
  if (length >= LABEL_MAX)
    length = LABEL_MAX - 1;
  do
    snprintf(name, LABEL_MAX, "%.*s", (int)length--, text);
  while (!text_is_utf8(name, strlen(name)) ||
         !text_escape_label(label, sizeof label, name));
}

/* The host, with the port where one is given. */
static void name_relay(char name[LABEL_MAX], const char *url) {
  url += strcspn(url, ":");
  url += strspn(url, ":/");
  shorten(name, url, strcspn(url, "/"));
}

static void print_relay(FILE *out, const struct relay_settings *relay) {
  const struct config_item *row = config_item_find("BaseURL", SCOPE_RELAY);
  char name[LABEL_MAX];
  name_relay(name, relay->base_url);
  fprintf(out, "<Relay \"%s\">\n", name);
  if (strcmp(relay->base_url, row->default_value) != 0)
    fprintf(out, "  BaseURL \"%s\"\n", relay->base_url);
  fprintf(out, "  %s \"%s\"\n",
          relay->key.kind == KEY_FROM_FILE ? "APIKeyFile" : "APIKeyEnv",
          relay->key.name);
}

/* A suggestion: for how long a limit is, no header tells. */
static void print_limit(FILE *out, const struct found *found) {
  const struct config_item *row = config_item_find("MaxRequests", SCOPE_RELAY);
  static const double min = 2; /* a balance may take two */
  if (found->requests < min || found->requests > row->max)
    return;
  fprintf(out,
          "  # The relay's headers tell of a limit of %.0f requests. If it is "
          "a minute's,\n"
          "  # this keeps the probes within it:\n"
          "  # MaxRequests %.0f 60\n",
          found->requests, found->requests);
}

/* collectd drops a block that is empty. */
static void print_models(FILE *out) {
  const struct probe_kind *kind = &probe_kinds[KIND_MODELS];
  fprintf(out, "  <%s>\n    Path \"%s\"\n  </%s>\n", kind->block, kind->path,
          kind->block);
}

static void print_billing(FILE *out, const struct billing_preset *preset) {
  const char *block = probe_kinds[KIND_BILLING].block;
  fprintf(out, "  <%s \"%s\">\n  </%s>\n", block, preset->name, block);
}

/* What is in front of a model's own name goes first where it is too long. */
static void print_label(FILE *out, const char *model) {
  char label[LABEL_MAX], name[LABEL_MAX];
  const char *slash = strrchr(model, '/');
  if (text_escape_label(label, sizeof label, model))
    return;
  if (slash != NULL && slash[1] != '\0')
    model = slash + 1;
  shorten(name, model, strlen(model));
  fprintf(out, "    Label \"%s\"\n", name);
}

static void print_chat(FILE *out, const struct probe_settings *chat) {
  fprintf(out, "  <%s \"%s\">\n", chat->kind->block, chat->model);
  print_label(out, chat->model);
  if (chat->stream)
    fprintf(out, "    Stream true\n");
  if (chat->max_completion_tokens > 0)
    fprintf(out, "    MaxCompletionTokens %u\n", chat->max_completion_tokens);
  fprintf(out, "  </%s>\n", chat->kind->block);
}

void check_block_print(FILE *out, const struct relay_settings *relay,
                       const struct found *found) {
  print_relay(out, relay);
  print_limit(out, found);
  if (found->models)
    print_models(out);
  if (found->preset != NULL)
    print_billing(out, found->preset);
  if (found->chat != NULL)
    print_chat(out, found->chat);
  fprintf(out, "</Relay>\n");
}
