#include "config/config_settings.h"

#include "base/text.h"
#include "config/config_items.h"
#include "config/config_value.h"
#include "http/url.h"
#include "probe/billing_preset.h"
#include "probe/prober.h"
#include "state/spending.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A tick, as short as this, has to have room for its work. */
static const usec interval_min = USEC_PER_SEC / 10;

enum { RELAYS_MAX = 10000, PROBES_MAX = 64 };

/* --- blocks -------------------------------------------------------------- */

/* What is being filled, and by whom. */
struct reading {
  struct settings *settings;
  struct relay_settings *relay;
  struct config_reader *reader;
};

typedef bool block_reader(const struct config_node *item,
                          struct reading *reading, struct error *error);

static bool unknown_key(const char *name, enum config_scope scope,
                        struct error *error) {
  for (unsigned other = SCOPE_PLUGIN; other <= SCOPE_CHAT; other <<= 1)
    if (config_item_find(name, other) != NULL)
      return error_set(error, "%s: belongs into <%s>", name,
                       config_scope_name((enum config_scope)other));
  const char *nearest = config_item_nearest(name, scope);
  if (nearest != NULL)
    return error_set(error, "%s: unknown key, did you mean %s?", name, nearest);
  return error_set(error, "%s: unknown key, see collectd-holysheep(5)", name);
}

static bool may_repeat(const struct config_item *key) {
  return key->type == CONFIG_HEADERS || key->type == CONFIG_REQUIRED ||
         strcmp(key->name, "Relay") == 0 || strcmp(key->name, "Chat") == 0;
}

/* Reads the items of a block: values into `object` by the table, blocks by
 * `read_block`. `given` has a bit for each key so far. Behind the last one, it
 * is about the block as a whole. */
static bool read_items(const struct config_node *block, enum config_scope scope,
                       uint64_t *given, void *object, block_reader *read_block,
                       struct reading *reading, struct error *error) {
  for (const struct config_node *item = block->children; item != NULL;
       item = item->next) {
    reading->reader->at = item;
    const struct config_item *key = config_item_find(item->key, scope);
    if (key == NULL)
      return unknown_key(item->key, scope, error);
    uint64_t bit = UINT64_C(1) << (key - config_items);
    if ((*given & bit) != 0 && !may_repeat(key))
      return error_set(error, "%s: given twice", key->name);
    *given |= bit;
    if (!(key->type == CONFIG_BLOCK
              ? read_block(item, reading, error)
              : config_value_store(key, item, object, error)))
      return false;
  }
  reading->reader->at = block;
  return true;
}

/* --- probes -------------------------------------------------------------- */

static const struct {
  const struct prober *kind;
  enum config_scope scope;
} probe_blocks[] = {{&models_probe, SCOPE_MODELS},
                    {&billing_probe, SCOPE_BILLING},
                    {&chat_probe, SCOPE_CHAT}};

enum { PROBE_BLOCKS = sizeof probe_blocks / sizeof *probe_blocks };

static bool label_model(struct probe_settings *probe, struct error *error) {
  const char *name = probe->label != NULL ? probe->label : probe->model;
  return text_escape_label(probe->model_label, sizeof probe->model_label,
                           name) ||
         error_set(error,
                   "the name is too long for collectd's labels: set Label, %d "
                   "bytes at most",
                   LABEL_MAX - 1);
}

static struct probe_settings *add_probe(struct relay_settings *relay,
                                        unsigned block, struct error *error) {
  const struct prober *kind = probe_blocks[block].kind;
  struct probe_settings *more =
      realloc(relay->probes, (relay->probe_count + 1) * sizeof *relay->probes);
  if (more != NULL)
    relay->probes = more;
  if (more == NULL || relay->probe_count == PROBES_MAX) {
    error_set(error, "%s: %s", kind->block,
              more == NULL ? "no memory" : "too many of them, 64 at most");
    return NULL;
  }
  struct probe_settings *probe = &relay->probes[relay->probe_count++];
  *probe = (struct probe_settings){
      .kind = kind, .prompt_price = -1, .completion_price = -1};
  return config_value_defaults(probe_blocks[block].scope, probe, error) ? probe
                                                                        : NULL;
}

static bool name_preset(const struct config_node *item,
                        struct probe_settings *probe, struct error *error) {
  char *name = NULL;
  if (item->value_count == 0)
    return true;
  if (!config_value_text(item, 64, &name, error))
    return false;
  probe->preset = billing_preset_find(name);
  if (probe->preset == NULL) {
    char names[256];
    billing_preset_names(names, sizeof names);
    error_set(error, "Billing \"%s\": %s is needed", name, names);
  }
  free(name);
  return probe->preset != NULL;
}

/* The argument of a probe's block. */
static bool name_probe(const struct config_node *item,
                       struct probe_settings *probe, struct error *error) {
  if (probe->kind->completion)
    return config_value_text(item, 1024, &probe->model, error);
  if (probe->kind == &billing_probe)
    return name_preset(item, probe, error);
  return item->value_count == 0 ||
         error_set(error, "%s: the block takes no argument",
                   probe->kind->block);
}

static bool fill_probe(const struct config_node *item, enum config_scope scope,
                       struct probe_settings *probe, struct reading *reading,
                       struct error *error) {
  uint64_t given = 0;
  if (read_items(item, scope, &given, probe, NULL, reading, error) &&
      (probe->model == NULL || label_model(probe, error)))
    return true;
  return probe->model != NULL
             ? error_prepend(error, "Chat \"%s\": ", probe->model)
             : error_prepend(error, "%s: ", probe->kind->block);
}

static bool read_probe(const struct config_node *item, struct reading *reading,
                       struct error *error) {
  unsigned block = 0;
  while (strcasecmp(item->key, probe_blocks[block].kind->block) != 0)
    block++;
  struct probe_settings *probe = add_probe(reading->relay, block, error);
  return probe != NULL && name_probe(item, probe, error) &&
         fill_probe(item, probe_blocks[block].scope, probe, reading, error);
}

static bool add_default_probes(struct relay_settings *relay,
                               struct error *error) {
  for (unsigned block = 0; block < PROBE_BLOCKS; block++) {
    struct probe_settings *probe = add_probe(relay, block, error);
    if (probe == NULL)
      return false;
    if (!probe->kind->completion)
      continue;
    if (!config_value_copy(DEFAULT_MODEL, &probe->model, error))
      return false;
    if (!label_model(probe, error))
      return false;
  }
  return true;
}

static bool check_cost(const struct probe_settings *probe,
                       struct error *error) {
  if (probe->max_cost_per_day <= 0)
    return true;
  if (!spending_has_prices(probe))
    return error_set(error, "PromptPrice and CompletionPrice are needed to "
                            "reckon with");
  double min = spending_dollars(spending_estimate(probe));
  return min <= probe->max_cost_per_day ||
         error_set(error,
                   "a single completion may cost %.3g, so none would ever be "
                   "sent: at least that is needed",
                   min);
}

static bool complete_billing(struct probe_settings *probe, const char *base_url,
                             struct error *error) {
  if (!billing_preset_apply(probe))
    return error_set(error, "no memory");
  billing_preset_detect_currency(probe, base_url);
  return probe->remaining_key != NULL ||
         (probe->limit_key != NULL && probe->used_key != NULL) ||
         error_set(error,
                   "Billing: %s: RemainingKey is needed, or LimitKey "
                   "and UsedKey together",
                   probe->limit_key != NULL ? "LimitKey" : "UsedKey");
}

/* What the probe does not say, the relay does, and then its kind. */
static bool complete_probe(struct probe_settings *probe,
                           const struct relay_settings *relay,
                           usec plugin_interval, struct error *error) {
  usec min = probe->kind->min_default_interval;
  if (probe->interval <= 0)
    probe->interval = relay->interval > 0     ? relay->interval
                      : plugin_interval > min ? plugin_interval
                                              : min;
  if (probe->timeout == 0)
    probe->timeout = relay->timeout > 0 ? relay->timeout : probe->kind->timeout;
  if (probe->kind == &billing_probe &&
      !complete_billing(probe, relay->base_url, error))
    return false;
  if (probe->path == NULL && (probe->path = strdup(probe->kind->path)) == NULL)
    return error_set(error, "no memory");
  return check_cost(probe, error) ||
         error_prepend(error, "Chat \"%s\": MaxCostPerDay: ", probe->model);
}

static bool chats_differ(const struct relay_settings *relay,
                         struct error *error) {
  for (size_t i = 0; i < relay->probe_count; i++)
    for (size_t j = 0; j < i; j++)
      if (relay->probes[i].kind == relay->probes[j].kind &&
          strcmp(relay->probes[i].model_label, relay->probes[j].model_label) ==
              0)
        return error_set(error,
                         "Chat \"%s\": there is another one that looks the "
                         "same in the metrics: give one of them a Label",
                         relay->probes[i].model);
  return true;
}

/* --- relays -------------------------------------------------------------- */

static bool name_key(struct relay_settings *relay, struct error *error) {
  if ((relay->key_file != NULL) + (relay->key_env != NULL) +
          (relay->key_text != NULL) >
      1)
    return error_set(error, "more than one of APIKeyFile, APIKeyEnv and "
                            "APIKey: exactly one is needed");
  struct key *key = &relay->key;
  const char *name = relay->key_file;
  key->source = KEY_FROM_FILE;
  if (relay->key_text != NULL) {
    key->source = KEY_FROM_CONFIG;
    name = "";
  } else if (relay->key_file == NULL) {
    key->source = KEY_FROM_ENV;
    name = relay->key_env != NULL ? relay->key_env : DEFAULT_KEY_ENV;
  }
  key->name = strdup(name);
  return key->name != NULL || error_set(error, "no memory");
}

static bool check_url(const struct relay_settings *relay, struct error *error) {
  struct url base, proxy = {.loopback = true};
  if (!url_parse(relay->base_url, &base, error) ||
      (relay->proxy != NULL && !url_parse(relay->proxy, &proxy, error)))
    return false;
  if (base.credentials)
    return error_set(error, "BaseURL: a URL without user and password is "
                            "needed; the key belongs into APIKeyFile");
  if (base.plain && !(base.loopback && proxy.loopback) &&
      !relay->allow_plain_http)
    return error_set(error,
                     "BaseURL \"%s\": the key would cross the network in "
                     "clear: https:// is needed, or AllowPlainHTTP true",
                     relay->base_url);
  return true;
}

/* A name in it may hold anything. */
__attribute__((format(printf, 3, 4))) static void
warn_of(const struct reading *reading, const struct relay_settings *relay,
        const char *format, ...) {
  struct error line;
  va_list args;
  va_start(args, format);
  vsnprintf(line.text, sizeof line.text, format, args);
  va_end(args);
  error_prepend(&line, "Relay \"%s\": ", relay->name);
  reading->reader->warn(line.text);
}

/* A timeout that is not below the interval: probes will be skipped in an
 * outage. Quiet where nobody chose either of them. */
static void warn_timeouts(const struct reading *reading,
                          const struct relay_settings *relay,
                          const struct probe_settings *probe, bool chosen) {
  bool named = probe->model != NULL;
  if (probe->timeout < probe->interval ||
      (!chosen && probe->timeout <= probe->interval))
    return;
  warn_of(reading, relay,
          "%s%s%s%s: Timeout %.0f is not below Interval %g: probes will be "
          "skipped while the relay hangs",
          probe->kind->block, named ? " \"" : "",
          !named                 ? ""
          : probe->label != NULL ? probe->label
                                 : probe->model,
          named ? "\"" : "", seconds_of(probe->timeout) * 1000,
          seconds_of(probe->interval));
}

static bool requests_fit(const struct relay_settings *relay,
                         struct error *error) {
  for (size_t i = 0; i < relay->probe_count; i++) {
    const struct probe_settings *probe = &relay->probes[i];
    if (relay->max_requests == 1 && billing_preset_usage_path(probe) != NULL)
      return error_set(error,
                       "MaxRequests 1: Billing \"%s\" takes two requests, 2 "
                       "at least are needed",
                       probe->preset->name);
  }
  return true;
}

static bool one_reference(const struct settings *settings,
                          struct error *error) {
  const struct relay_settings *found = NULL;
  for (size_t i = 0; i < settings->relay_count; i++) {
    const struct relay_settings *relay = &settings->relays[i];
    if (relay->reference && found != NULL)
      return error_set(error,
                       "Relay \"%s\": Reference true: Relay \"%s\" is the "
                       "reference already, there can be but one",
                       relay->name, found->name);
    if (relay->reference)
      found = relay;
  }
  return true;
}

static bool read_key(const struct reading *reading,
                     struct relay_settings *relay, struct error *error) {
  struct key *key = &relay->key;
  if (!name_key(relay, error))
    return false;
  if (!key_load(key, relay->key_text, error)) {
    if (!reading->reader->rehearsal || !key_is_unset(key))
      return false;
    warn_of(reading, relay, "%s", error->text);
  }
  if (key_is_exposed(key))
    warn_of(reading, relay,
            "everybody on this host can read the key: chmod o-r %s", key->name);
  return true;
}

static bool complete_relay(const struct reading *reading,
                           struct relay_settings *relay, struct error *error) {
  if (relay->probe_count == 0 && !add_default_probes(relay, error))
    return false;
  if (relay->max_requests > 0 && relay->max_requests_span <= 0)
    relay->max_requests_span = 60 * USEC_PER_SEC;
  for (size_t i = 0; i < relay->probe_count; i++) {
    struct probe_settings *probe = &relay->probes[i];
    bool chosen = probe->interval > 0 || probe->timeout > 0 ||
                  relay->interval > 0 || relay->timeout > 0;
    if (!complete_probe(probe, relay, reading->settings->interval, error))
      return false;
    warn_timeouts(reading, relay, probe, chosen);
  }
  return chats_differ(relay, error) && requests_fit(relay, error) &&
         check_url(relay, error) && read_key(reading, relay, error);
}

static bool name_relay(const struct config_node *item,
                       struct settings *settings, struct relay_settings *relay,
                       struct error *error) {
  if (!config_value_text(item, 255, &relay->name, error))
    return false;
  if (!text_escape_label(relay->label, sizeof relay->label, relay->name))
    return error_set(error,
                     "Relay \"%s\": the name is too long for collectd, %d "
                     "bytes at most",
                     relay->name, LABEL_MAX - 1);
  for (size_t i = 0; i < settings->relay_count; i++)
    if (strcmp(settings->relays[i].label, relay->label) == 0)
      return error_set(error,
                       "Relay \"%s\": there is another one that looks the "
                       "same in the metrics: each needs a name of its own",
                       relay->name);
  return true;
}

static bool fill_relay(const struct config_node *item, struct reading *reading,
                       struct relay_settings *relay, struct error *error) {
  uint64_t given = 0;
  if (!name_relay(item, reading->settings, relay, error))
    return false;
  return (config_value_defaults(SCOPE_RELAY, relay, error) &&
          read_items(item, SCOPE_RELAY, &given, relay, read_probe, reading,
                     error) &&
          complete_relay(reading, relay, error)) ||
         error_prepend(error, "Relay \"%s\": ", relay->name);
}

static bool read_relay(const struct config_node *item, struct reading *reading,
                       struct error *error) {
  struct settings *settings = reading->settings;
  if (settings->relay_count == RELAYS_MAX)
    return error_set(error, "Relay: %d relays at most", RELAYS_MAX);
  struct relay_settings relay = {0};
  reading->relay = &relay;
  if (!fill_relay(item, reading, &relay, error)) {
    relay_settings_free(&relay);
    return false;
  }
  struct relay_settings *more =
      realloc(settings->relays, (settings->relay_count + 1) * sizeof *more);
  if (more == NULL) {
    relay_settings_free(&relay);
    return error_set(error, "Relay: no memory");
  }
  settings->relays = more;
  settings->relays[settings->relay_count++] = relay;
  return true;
}

/* --- the plugin's block -------------------------------------------------- */

static bool timeouts_are_few(const struct settings *settings,
                             struct error *error) {
  usec known[TIMEOUTS_MAX];
  size_t count = 0;
  for (size_t r = 0; r < settings->relay_count; r++)
    for (size_t p = 0; p < settings->relays[r].probe_count; p++) {
      usec timeout = settings->relays[r].probes[p].timeout;
      size_t i = 0;
      while (i < count && known[i] != timeout)
        i++;
      if (i == TIMEOUTS_MAX)
        return error_set(error,
                         "Timeout: %d different ones at most in all: each is "
                         "a bucket of every relay's histograms",
                         TIMEOUTS_MAX);
      if (i == count)
        known[count++] = timeout;
    }
  return true;
}

bool config_read(const struct config_node *block, struct settings *settings,
                 struct config_reader *reader, struct error *error) {
  struct reading reading = {.settings = settings, .reader = reader};
  reader->at = block;
  if (settings->interval < interval_min)
    return error_set(error, "LoadPlugin: Interval %g: %g at least is needed",
                     seconds_of(settings->interval), seconds_of(interval_min));
  if (settings->state_file == NULL &&
      !config_value_defaults(SCOPE_PLUGIN, settings, error))
    return false;
  return read_items(block, SCOPE_PLUGIN, &settings->given, settings, read_relay,
                    &reading, error) &&
         one_reference(settings, error) && timeouts_are_few(settings, error);
}
