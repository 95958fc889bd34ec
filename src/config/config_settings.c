#include "config/config_settings.h"

#include "base/text.h"
#include "config/config_items.h"
#include "config/config_probe.h"
#include "config/config_value.h"

#include <stdlib.h>
#include <string.h>

/* A tick is as short as the shortest interval, and must leave time for work. */
static const usec interval_min = USEC_PER_SEC / 10;

enum { RELAYS_MAX = 10000 };

/* --- relays -------------------------------------------------------------- */

static bool set_key_source(struct relay_settings *relay, struct error *error) {
  if ((relay->key_file != NULL) + (relay->key_env != NULL) +
          (relay->key_text != NULL) >
      1)
    return error_set(error,
                     "only one of APIKeyFile, APIKeyEnv and APIKey is allowed");
  struct key_source *key = &relay->key;
  if (relay->key_text != NULL)
    *key =
        (struct key_source){.kind = KEY_FROM_CONFIG, .text = relay->key_text};
  else if (relay->key_file != NULL)
    *key = (struct key_source){.kind = KEY_FROM_FILE, .name = relay->key_file};
  else
    *key = (struct key_source){
        .kind = KEY_FROM_ENV,
        .name = relay->key_env != NULL ? relay->key_env : DEFAULT_KEY_ENV};
  return true;
}

static bool check_url(const struct config_context *context,
                      const struct relay_settings *relay, struct error *error) {
  const struct url_rules *urls = context->reader->urls;
  struct url base, proxy = {.loopback = true};
  if (!urls->parse(relay->base_url, &base, error) ||
      (relay->proxy != NULL && !urls->parse_proxy(relay->proxy, &proxy, error)))
    return false;
  if (base.credentials)
    return error_set(error, "BaseURL: must not contain a user or password; put "
                            "the API key in the file that APIKeyFile names");
  if (base.plain && !(base.loopback && proxy.loopback) &&
      !relay->allow_plain_http)
    return error_set(error,
                     "BaseURL \"%s\": the API key would cross the network "
                     "unencrypted: use https://, or set AllowPlainHTTP true",
                     relay->base_url);
  return true;
}

static bool check_reference(const struct settings *settings,
                            struct error *error) {
  const struct relay_settings *found = NULL;
  for (size_t i = 0; i < settings->relay_count; i++) {
    const struct relay_settings *relay = &settings->relays[i];
    if (relay->reference && found != NULL)
      return error_set(error,
                       "Relay \"%s\": Reference true: Relay \"%s\" is already "
                       "the reference, only one is allowed",
                       relay->name, found->name);
    if (relay->reference)
      found = relay;
  }
  return true;
}

/* Only a check: the engine reads the key itself. */
static bool check_key(const struct config_context *context,
                      struct relay_settings *relay, struct error *error) {
  struct key key;
  if (!set_key_source(relay, error))
    return false;
  key_init(&key, &relay->key, context->reader->files);
  bool ok = key_load(&key, 0, error);
  bool world_readable = key_is_world_readable(&key);
  key_clear(&key);
  if (!ok) {
    if (!context->reader->check_only || !key_source_is_unset(&relay->key))
      return false;
    config_context_warn(context, "%s", error->text);
  }
  if (world_readable)
    config_context_warn(
        context,
        "every user on this host can read the API key: run chmod o-r %s",
        relay->key.name);
  return true;
}

static bool complete_relay(const struct config_context *context,
                           struct relay_settings *relay, struct error *error) {
  if (relay->max_requests > 0 && relay->max_requests_span <= 0)
    relay->max_requests_span = 60 * USEC_PER_SEC;
  return config_probe_complete(context, error) &&
         check_url(context, relay, error) && check_key(context, relay, error);
}

static bool read_relay_name(const struct config_node *item,
                            struct settings *settings,
                            struct relay_settings *relay, struct error *error) {
  if (!config_value_text(item, 255, &relay->name, error))
    return false;
  if (!text_escape_label(relay->label, sizeof relay->label, relay->name))
    return error_set(error,
                     "Relay \"%s\": the name is too long for collectd: at most "
                     "%d bytes are allowed",
                     relay->name, LABEL_MAX - 1);
  for (size_t i = 0; i < settings->relay_count; i++)
    if (strcmp(settings->relays[i].label, relay->label) == 0)
      return error_set(error,
                       "Relay \"%s\": another Relay looks the same in the "
                       "metrics: each needs a unique name",
                       relay->name);
  return true;
}

static bool read_relay_block(const struct config_node *item,
                             struct config_context *context,
                             struct relay_settings *relay,
                             struct error *error) {
  uint64_t given = 0;
  if (!read_relay_name(item, context->settings, relay, error))
    return false;
  return (config_value_defaults(SCOPE_RELAY, relay, error) &&
          config_context_read_items(item, SCOPE_RELAY, &given, relay,
                                    config_probe_read, context, error) &&
          complete_relay(context, relay, error)) ||
         error_prepend(error, "Relay \"%s\": ", relay->name);
}

static bool read_relay(const struct config_node *item,
                       struct config_context *context, struct error *error) {
  struct settings *settings = context->settings;
  if (settings->relay_count == RELAYS_MAX)
    return error_set(error, "Relay: at most %d relays are allowed", RELAYS_MAX);
  struct relay_settings relay = {0};
  context->relay = &relay;
  if (!read_relay_block(item, context, &relay, error)) {
    relay_settings_free(&relay);
    return false;
  }
  struct relay_settings *more =
      realloc(settings->relays, (settings->relay_count + 1) * sizeof *more);
  if (more == NULL) {
    relay_settings_free(&relay);
    return error_set(error, "Relay: out of memory");
  }
  settings->relays = more;
  settings->relays[settings->relay_count++] = relay;
  return true;
}

/* --- the plugin's block -------------------------------------------------- */

static bool check_timeouts(const struct settings *settings,
                           struct error *error) {
  usec distinct[TIMEOUTS_MAX];
  size_t count = 0;
  for (size_t r = 0; r < settings->relay_count; r++)
    for (size_t p = 0; p < settings->relays[r].probe_count; p++) {
      usec timeout = settings->relays[r].probes[p].timeout;
      size_t i = 0;
      while (i < count && distinct[i] != timeout)
        i++;
      if (i == TIMEOUTS_MAX)
        return error_set(error,
                         "Timeout: at most %d different values are allowed in "
                         "total: each is a bucket in every relay's histograms",
                         TIMEOUTS_MAX);
      if (i == count)
        distinct[count++] = timeout;
    }
  return true;
}

bool config_settings_read(const struct config_node *block,
                          struct settings *settings,
                          struct config_reader *reader, struct error *error) {
  struct config_context context = {.settings = settings, .reader = reader};
  reader->at = block;
  if (settings->interval < interval_min)
    return error_set(error, "LoadPlugin: Interval %g: must be at least %g",
                     seconds_of(settings->interval), seconds_of(interval_min));
  if (settings->state_file == NULL &&
      !config_value_defaults(SCOPE_PLUGIN, settings, error))
    return false;
  return config_context_read_items(block, SCOPE_PLUGIN, &settings->given,
                                   settings, read_relay, &context, error) &&
         check_reference(settings, error) && check_timeouts(settings, error);
}
