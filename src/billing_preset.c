#include "billing_preset.h"

#include "line.h"

#include <string.h>
#include <strings.h>

/* new-api and one-api: controller/billing.go; the usage is in cents, and a
 * token without a limit has one of 100,000,000, in whatever unit. Its flag, and
 * OpenRouter's null, are in the answer to another path, for keys of one's own.
 * OpenRouter and DeepSeek: their API references. */
static const struct billing_preset presets[] = {
    {.name = "holysheep",
     .path = "/billing",
     .remaining_key = "remaining",
     .used_scale = 1},
    {.name = "new-api",
     .path = "/dashboard/billing/subscription",
     .limit_key = "hard_limit_usd",
     .expires_key = "access_until",
     .unlimited_limit = 1e8,
     .unlimited_key = "data/unlimited_quota",
     .used_path = "/dashboard/billing/usage",
     .used_key = "total_usage",
     .used_scale = 0.01},
    {.name = "openrouter",
     .path = "/credits",
     .limit_key = "data/total_credits",
     .unlimited_key = "data/limit",
     .used_key = "data/total_usage",
     .used_scale = 1},
    {.name = "deepseek",
     .path = "/user/balance",
     .remaining_key = "balance_infos/0/total_balance",
     .currency_key = "balance_infos/0/currency",
     .used_scale = 1},
};

enum { PRESETS = sizeof presets / sizeof *presets };

const struct billing_preset *billing_preset_find(const char *name) {
  for (size_t i = 0; i < PRESETS; i++)
    if (strcasecmp(presets[i].name, name) == 0)
      return &presets[i];
  return NULL;
}

void billing_preset_names(char *text, size_t size) {
  struct line line = line_in(text, size);
  for (size_t i = 0; i < PRESETS; i++)
    line_add(&line, "%s\"%s\"",
             i == 0             ? ""
             : i == PRESETS - 1 ? " or "
                                : ", ",
             presets[i].name);
}

static bool fill(char **place, const char *text) {
  if (*place != NULL || text == NULL)
    return true;
  *place = strdup(text);
  return *place != NULL;
}

/* A preset's keys go together with its path: who names keys of his own knows
 * another shape. */
static const struct billing_preset *complete(struct probe_settings *probe) {
  static const struct billing_preset own = {.path = "/billing",
                                            .used_scale = 1};
  bool keys = probe->remaining_key != NULL || probe->limit_key != NULL ||
              probe->used_key != NULL;
  if (probe->preset == NULL)
    probe->preset = keys ? &own : &presets[0];
  return probe->preset;
}

bool billing_preset_apply(struct probe_settings *probe) {
  const struct billing_preset *preset = complete(probe);
  return fill(&probe->path, preset->path) &&
         fill(&probe->remaining_key, preset->remaining_key) &&
         fill(&probe->limit_key, preset->limit_key) &&
         fill(&probe->used_key, preset->used_key) &&
         fill(&probe->expires_key, preset->expires_key);
}

const char *billing_preset_second(const struct probe_settings *probe) {
  return probe->preset != NULL && probe->remaining_key == NULL
             ? probe->preset->used_path
             : NULL;
}
