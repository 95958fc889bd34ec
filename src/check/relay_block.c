#include "check/relay_block.h"

#include "config/config_items.h"
#include "probe/probe_kind.h"

#include <string.h>

/* Bytes of a model's name and a kind's. */
enum { MODEL_MAX = 1024 + 32 };

bool relay_block_can_quote(const char *text, size_t length,
                           const struct secrets *secrets) {
  char printable[4096];
  if (length == 0 || length >= sizeof printable)
    return false;
  text_sanitize(printable, sizeof printable, text, length, secrets);
  return text_equals(text, length, printable) &&
         strpbrk(printable, "\"\\") == NULL;
}

/* The beginning of a text, as much as fits into one of collectd's labels. */
static void shorten(char name[LABEL_MAX], const char *text, size_t length) {
  char label[LABEL_MAX];
  if (length >= LABEL_MAX)
    length = LABEL_MAX - 1;
  do
    snprintf(name, LABEL_MAX, "%.*s", (int)length--, text);
  while (!text_is_utf8(name, strlen(name)) ||
         !text_escape_label(label, sizeof label, name));
}

/* The host, and the port if there is one. */
static void relay_name_of(char name[LABEL_MAX], const char *url) {
  url += strcspn(url, ":");
  url += strspn(url, ":/");
  shorten(name, url, strcspn(url, "/"));
}

static void print_relay(FILE *out, const struct relay_settings *relay) {
  const struct config_item *row = config_item_find("BaseURL", SCOPE_RELAY);
  char name[LABEL_MAX];
  relay_name_of(name, relay->base_url);
  fprintf(out, "<Relay \"%s\">\n", name);
  if (strcmp(relay->base_url, row->default_value) != 0)
    fprintf(out, "  BaseURL \"%s\"\n", relay->base_url);
  fprintf(out, "  %s \"%s\"\n",
          relay->key.kind == KEY_FROM_FILE ? "APIKeyFile" : "APIKeyEnv",
          relay->key.name);
}

/* Only a suggestion: no header says what period the limit applies to. */
static void print_limit(FILE *out, const struct capabilities *found) {
  const struct config_item *row = config_item_find("MaxRequests", SCOPE_RELAY);
  static const double min = 2; /* a balance may need two */
  if (found->requests < min || found->requests > row->max)
    return;
  fprintf(out,
          "  # The relay's headers report a limit of %.0f requests. If it is "
          "per minute,\n  # this keeps the probes within it:\n  # MaxRequests "
          "%.0f 60\n",
          found->requests, found->requests);
}

/* collectd drops an empty block. */
static void print_models(FILE *out) {
  const struct probe_kind *kind = &probe_kinds[KIND_MODELS];
  fprintf(out, "  <%s>\n    Path \"%s\"\n  </%s>\n", kind->block, kind->path,
          kind->block);
}

static void print_billing(FILE *out, const struct billing_preset *preset) {
  const char *block = probe_kinds[KIND_BILLING].block;
  fprintf(out, "  <%s \"%s\">\n  </%s>\n", block, preset->name, block);
}

/* Whether a block before the i-th has the same model. */
static bool is_repeated(const struct capabilities *found, size_t i) {
  for (size_t j = 0; j < i; j++)
    if (strcmp(found->probes[i]->model, found->probes[j]->model) == 0)
      return true;
  return false;
}

/* If the name is too long, its prefix (`vendor/`) is dropped first. A repeated
 * one begins with the kind. */
static void print_label(FILE *out, const struct probe_settings *probe,
                        bool repeated) {
  char text[MODEL_MAX], name[LABEL_MAX];
  const char *model = probe->model, *slash = strrchr(model, '/');
  if (!repeated && text_escape_label(name, sizeof name, model))
    return;
  if (slash != NULL && slash[1] != '\0')
    model = slash + 1;
  snprintf(text, sizeof text, "%s%s%s", repeated ? probe->kind->block : "",
           repeated ? " " : "", model);
  shorten(name, text, strlen(text));
  fprintf(out, "    Label \"%s\"\n", name);
}

static void print_probe(FILE *out, const struct probe_settings *probe,
                        bool repeated) {
  fprintf(out, "  <%s \"%s\">\n", probe->kind->block, probe->model);
  print_label(out, probe, repeated);
  if (probe->stream)
    fprintf(out, "    Stream true\n");
  if (probe->max_completion_tokens > 0)
    fprintf(out, "    MaxCompletionTokens %u\n", probe->max_completion_tokens);
  fprintf(out, "  </%s>\n", probe->kind->block);
}

void relay_block_print(FILE *out, const struct relay_settings *relay,
                       const struct capabilities *found) {
  print_relay(out, relay);
  print_limit(out, found);
  if (found->models)
    print_models(out);
  if (found->preset != NULL)
    print_billing(out, found->preset);
  for (size_t i = 0; i < found->probe_count; i++)
    print_probe(out, found->probes[i], is_repeated(found, i));
  fprintf(out, "</Relay>\n");
}
