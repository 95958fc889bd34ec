#include "config/config_probe.h"

#include "base/text.h"
#include "config/config_extra.h"
#include "config/config_items.h"
#include "config/config_value.h"
#include "model/prompt.h"
#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "state/spending.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PROBES_MAX = 64 };

static bool set_model_label(struct probe_settings *probe, struct error *error) {
  const char *name = probe->label != NULL ? probe->label : probe->model;
  return text_escape_label(probe->model_label, sizeof probe->model_label,
                           name) ||
         error_set(error,
                   "the name is too long for a collectd label: set Label, at "
                   "most %d bytes",
                   LABEL_MAX - 1);
}

static struct probe_settings *add_probe(struct relay_settings *relay,
                                        const struct probe_kind *kind,
                                        struct error *error) {
  struct probe_settings *more =
      realloc(relay->probes, (relay->probe_count + 1) * sizeof *relay->probes);
  if (more != NULL)
    relay->probes = more;
  if (more == NULL || relay->probe_count == PROBES_MAX) {
    error_set(error, "%s: %s", kind->block,
              more == NULL ? "out of memory"
                           : "too many: at most 64 are allowed");
    return NULL;
  }
  struct probe_settings *probe = &relay->probes[relay->probe_count++];
  *probe = (struct probe_settings){
      .kind = kind,
      .prompt_price = -1,
      .completion_price = probe_kind_has(kind, PROBE_COMPLETES) ? -1 : 0};
  return config_value_defaults(config_probe_scopes(kind), probe, error) ? probe
                                                                        : NULL;
}

static bool read_preset(const struct config_node *item,
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
    error_set(error, "%s \"%s\": must be %s", probe->kind->block, name, names);
  }
  free(name);
  return probe->preset != NULL;
}

/* The argument of a probe's block. */
static bool read_argument(const struct config_node *item,
                          struct probe_settings *probe, struct error *error) {
  if (probe_kind_has(probe->kind, PROBE_USES_TOKENS))
    return config_value_text(item, 1024, &probe->model, error);
  if (probe_kind_has(probe->kind, PROBE_TELLS_BALANCE))
    return read_preset(item, probe, error);
  return item->value_count == 0 ||
         error_set(error, "%s: the block takes no argument",
                   probe->kind->block);
}

/* Prepends the block, and the key in it, to an error. */
static bool prepend_probe(const struct probe_settings *probe, const char *key,
                          struct error *error) {
  return probe->model != NULL
             ? error_prepend(error, "%s \"%s\": %s", probe->kind->block,
                             probe->model, key)
             : error_prepend(error, "%s: %s", probe->kind->block, key);
}

static bool read_block(const struct config_node *item,
                       struct probe_settings *probe,
                       struct config_context *context, struct error *error) {
  uint64_t given = 0;
  unsigned scopes = config_probe_scopes(probe->kind);
  return (config_context_read_items(item, scopes, &given, probe, NULL, context,
                                    error) &&
          (probe->model == NULL || set_model_label(probe, error))) ||
         prepend_probe(probe, "", error);
}

static bool has_probe(const struct relay_settings *relay,
                      const struct probe_kind *kind) {
  for (size_t i = 0; i < relay->probe_count; i++)
    if (relay->probes[i].kind == kind)
      return true;
  return false;
}

bool config_probe_read(const struct config_node *item,
                       struct config_context *context, struct error *error) {
  const struct probe_kind *kind = config_probe_find(item->key, SCOPE_RELAY);
  if (!probe_kind_has(kind, PROBE_USES_TOKENS) &&
      has_probe(context->relay, kind))
    return error_set(error, "%s: is given twice", kind->block);
  struct probe_settings *probe = add_probe(context->relay, kind, error);
  return probe != NULL && read_argument(item, probe, error) &&
         read_block(item, probe, context, error);
}

static bool add_default_probe(struct relay_settings *relay,
                              const struct probe_kind *kind,
                              struct error *error) {
  struct probe_settings *probe = add_probe(relay, kind, error);
  return probe != NULL &&
         (!probe_kind_has(kind, PROBE_USES_TOKENS) ||
          (config_value_copy(DEFAULT_MODEL, &probe->model, error) &&
           set_model_label(probe, error)));
}

static bool add_default_probes(struct relay_settings *relay,
                               struct error *error) {
  for (size_t i = 0; i < probe_kind_count; i++)
    if (probe_kinds[i].by_default &&
        !add_default_probe(relay, &probe_kinds[i], error))
      return false;
  return true;
}

static bool check_cost(const struct probe_settings *probe,
                       struct error *error) {
  if (probe->max_cost_per_day <= 0)
    return true;
  if (!spending_has_prices(probe))
    return error_set(error, "requires %s",
                     probe_kind_has(probe->kind, PROBE_COMPLETES)
                         ? "PromptPrice and CompletionPrice"
                         : "PromptPrice");
  double min = spending_dollars(spending_estimate(probe));
  return min <= probe->max_cost_per_day ||
         error_set(error,
                   "a single completion may cost %.3g, so none would ever be "
                   "sent: must be at least that",
                   min);
}

/* A host's own interval may be a day at most, as that of a probe may. */
static bool apply_share(struct probe_settings *probe, struct error *error) {
  const double max = 86400;
  double interval = seconds_of(probe->interval) * probe->share;
  if (probe->share <= 1)
    return true;
  if (interval > max)
    return error_set(error,
                     "Share %u: at Interval %g s, a host's turn would come "
                     "every %g s: must be at most %g",
                     probe->share, seconds_of(probe->interval), interval,
                     floor(max / seconds_of(probe->interval)));
  probe->interval *= probe->share;
  return true;
}

/* The model cannot guess the word. */
static bool check_expect(const struct probe_settings *probe,
                         struct error *error) {
  return probe->expect == NULL || !prompt_has_word(probe->expect) ||
         prompt_has_word(probe->prompt) ||
         error_set(error, "contains %%r, so Prompt must contain it, too");
}

static bool check_first_token(const struct probe_settings *probe,
                              struct error *error) {
  if (probe->first_token_timeout == 0)
    return true;
  if (!probe->stream)
    return error_set(error, "requires Stream true");
  return probe->first_token_timeout <= probe->timeout ||
         error_set(error, "must not be longer than Timeout, which is %.0f ms",
                   seconds_of(probe->timeout) * 1000);
}

/* Each of them names one place. */
static bool check_search(const struct probe_settings *probe,
                         struct error *error) {
  const struct {
    const char *key, *value;
  } keys[] = {{"Path", probe->path},
              {"RemainingKey", probe->remaining_key},
              {"LimitKey", probe->limit_key},
              {"UsedKey", probe->used_key},
              {"ExpiresKey", probe->expires_key}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    if (keys[i].value != NULL)
      return error_set(error,
                       "%s \"%s\": %s: is only allowed without \"%s\", "
                       "which finds the place itself",
                       probe->kind->block, probe->preset->name, keys[i].key,
                       probe->preset->name);
  return true;
}

static bool apply_preset(struct probe_settings *probe, const char *base_url,
                         struct error *error) {
  bool searched = billing_preset_is_searched(probe);
  if (searched && !check_search(probe, error))
    return false;
  if (!billing_preset_apply(probe))
    return error_set(error, "out of memory");
  billing_preset_detect_currency(probe, base_url);
  return searched || probe->remaining_key != NULL ||
         (probe->limit_key != NULL && probe->used_key != NULL) ||
         error_set(error,
                   "%s: %s: set RemainingKey, or both LimitKey and UsedKey",
                   probe->kind->block,
                   probe->limit_key != NULL ? "LimitKey" : "UsedKey");
}

/* Defaults come from the relay, or else from the probe's kind. */
static bool apply_defaults(struct probe_settings *probe,
                           const struct relay_settings *relay,
                           usec plugin_interval, struct error *error) {
  usec min = probe->kind->min_default_interval;
  if (probe->interval <= 0)
    probe->interval = relay->interval > 0     ? relay->interval
                      : plugin_interval > min ? plugin_interval
                                              : min;
  if (probe->timeout == 0)
    probe->timeout = relay->timeout > 0 ? relay->timeout : probe->kind->timeout;
  if (probe_kind_has(probe->kind, PROBE_TELLS_BALANCE) &&
      !apply_preset(probe, relay->base_url, error))
    return false;
  if (probe->path == NULL && (probe->path = strdup(probe->kind->path)) == NULL)
    return error_set(error, "out of memory");
  if (!apply_share(probe, error))
    return prepend_probe(probe, "", error);
  return (check_expect(probe, error) ||
          prepend_probe(probe, "Expect: ", error)) &&
         (check_first_token(probe, error) ||
          prepend_probe(probe, "FirstTokenTimeout: ", error)) &&
         (probe->extra == NULL || config_extra_check(probe, error) ||
          prepend_probe(probe, "Extra: ", error)) &&
         (check_cost(probe, error) ||
          prepend_probe(probe, "MaxCostPerDay: ", error));
}

static bool have_same_label(const struct probe_settings *a,
                            const struct probe_settings *b) {
  return a->model != NULL && b->model != NULL &&
         strcmp(a->model_label, b->model_label) == 0;
}

/* Most series of a model do not have the label `endpoint`. */
static bool check_unique_labels(const struct relay_settings *relay,
                                struct error *error) {
  for (size_t i = 0; i < relay->probe_count; i++)
    for (size_t j = 0; j < i; j++)
      if (have_same_label(&relay->probes[i], &relay->probes[j])) {
        error_set(error, "another model looks the same in the metrics: give "
                         "one of them a Label");
        return prepend_probe(&relay->probes[i], "", error);
      }
  return true;
}

/* Warns if the timeout is not shorter than the interval, as probes will be
 * skipped in an outage; but not about the defaults. */
static void warn_timeouts(const struct config_context *context,
                          const struct probe_settings *probe, bool configured) {
  bool named = probe->model != NULL;
  if (probe->timeout < probe->interval ||
      (!configured && probe->timeout <= probe->interval))
    return;
  config_context_warn(context,
                      "%s%s%s%s: Timeout %.0f ms is not shorter than Interval "
                      "%g s: probes will be skipped while the relay hangs",
                      probe->kind->block, named ? " \"" : "",
                      !named                 ? ""
                      : probe->label != NULL ? probe->label
                                             : probe->model,
                      named ? "\"" : "", seconds_of(probe->timeout) * 1000,
                      seconds_of(probe->interval));
}

static bool check_max_requests(const struct relay_settings *relay,
                               struct error *error) {
  for (size_t i = 0; i < relay->probe_count; i++) {
    const struct probe_settings *probe = &relay->probes[i];
    unsigned requests = probe_kind_has(probe->kind, PROBE_TELLS_BALANCE)
                            ? billing_preset_requests(probe)
                            : 1;
    if (relay->max_requests > 0 && relay->max_requests < requests)
      return error_set(
          error,
          "MaxRequests %u: %s \"%s\" makes %s%u requests: must be at "
          "least %u",
          relay->max_requests, probe->kind->block, probe->preset->name,
          billing_preset_is_searched(probe) ? "up to " : "", requests,
          requests);
  }
  return true;
}

bool config_probe_complete(const struct config_context *context,
                           struct error *error) {
  struct relay_settings *relay = context->relay;
  if (relay->probe_count == 0 && !add_default_probes(relay, error))
    return false;
  for (size_t i = 0; i < relay->probe_count; i++) {
    struct probe_settings *probe = &relay->probes[i];
    bool configured = probe->interval > 0 || probe->timeout > 0 ||
                      relay->interval > 0 || relay->timeout > 0;
    if (!apply_defaults(probe, relay, context->settings->interval, error))
      return false;
    warn_timeouts(context, probe, configured);
  }
  return check_unique_labels(relay, error) && check_max_requests(relay, error);
}
