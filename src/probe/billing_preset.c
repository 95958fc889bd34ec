#include "probe/billing_preset.h"

#include "base/strbuf.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* new-api and one-api: controller/billing.go. The usage is in cents; a token
 * without a limit has one of 100,000,000, in any unit. Its flag, and
 * OpenRouter's null, are only in the answer to another path, for users who
 * configure Path and keys themselves. OpenRouter, DeepSeek, SiliconFlow and
 * Moonshot: their API references. sub2api: its gateway handler's Usage; if the
 * key has no quota of its own, the balance is the account's or what remains of
 * a subscription, -1 if unlimited. */
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
    {.name = "sub2api",
     .path = "/usage",
     .remaining_key = "remaining",
     .limit_key = "quota/limit",
     .used_key = "quota/used",
     .expires_key = "expires_at",
     .unlimited_remaining = -1,
     .valid_key = "isValid",
     .used_scale = 1},
    {.name = "siliconflow",
     .path = "/user/info",
     .remaining_key = "data/totalBalance",
     .in_yuan_at_cn = true,
     .used_scale = 1},
    {.name = "moonshot",
     .path = "/users/me/balance",
     .remaining_key = "data/available_balance",
     .in_yuan_at_cn = true,
     .used_scale = 1},
    {.name = "auto", .path = "/billing", .searches = true, .used_scale = 1},
};

enum { PRESETS = sizeof presets / sizeof *presets };

const struct billing_preset *billing_preset_find(const char *name) {
  for (size_t i = 0; i < PRESETS; i++)
    if (strcasecmp(presets[i].name, name) == 0)
      return &presets[i];
  return NULL;
}

const struct billing_preset *billing_preset_at(size_t index) {
  return index < PRESETS && !presets[index].searches ? &presets[index] : NULL;
}

void billing_preset_names(char *text, size_t size) {
  struct strbuf buf = strbuf_wrap(text, size);
  for (size_t i = 0; i < PRESETS; i++)
    strbuf_addf(&buf, "%s\"%s\"",
                i == 0             ? ""
                : i == PRESETS - 1 ? " or "
                                   : ", ",
                presets[i].name);
}

static bool set_default(char **place, const char *text) {
  if (*place != NULL || text == NULL)
    return true;
  *place = strdup(text);
  return *place != NULL;
}

/* A preset's keys belong to its path. If keys are configured without a preset,
 * the answer has a shape of its own. */
static const struct billing_preset *
choose_preset(struct probe_settings *probe) {
  static const struct billing_preset own = {
      .path = "/billing",
      .unlimited_key = "data/unlimited_quota", /* as new-api has it for a key */
      .used_scale = 1};
  bool keys = probe->remaining_key != NULL || probe->limit_key != NULL ||
              probe->used_key != NULL;
  if (probe->preset == NULL)
    probe->preset = keys ? &own : &presets[0];
  return probe->preset;
}

bool billing_preset_apply(struct probe_settings *probe) {
  const struct billing_preset *preset = choose_preset(probe);
  return set_default(&probe->path, preset->path) &&
         set_default(&probe->remaining_key, preset->remaining_key) &&
         set_default(&probe->limit_key, preset->limit_key) &&
         set_default(&probe->used_key, preset->used_key) &&
         set_default(&probe->expires_key, preset->expires_key);
}

bool billing_preset_is_searched(const struct probe_settings *probe) {
  return probe->preset != NULL && probe->preset->searches;
}

bool billing_preset_place(const struct probe_settings *probe, size_t index,
                          const char *base_url, struct probe_settings *place) {
  *place = (struct probe_settings){.kind = probe->kind,
                                   .interval = probe->interval,
                                   .timeout = probe->timeout,
                                   .share = probe->share,
                                   .scale = probe->scale,
                                   .preset = billing_preset_at(index)};
  billing_preset_detect_currency(place, base_url);
  return billing_preset_apply(place);
}

static bool is_in_china(const char *url) {
  const char *scheme = strstr(url, "://");
  const char *host = scheme != NULL ? scheme + 3 : url;
  return text_ends_with_no_case(host, strcspn(host, ":/"), ".cn");
}

void billing_preset_detect_currency(struct probe_settings *probe,
                                    const char *base_url) {
  probe->in_yuan = probe->preset->in_yuan_at_cn && is_in_china(base_url);
}

const char *billing_preset_usage_path(const struct probe_settings *probe) {
  return probe->preset != NULL && probe->remaining_key == NULL
             ? probe->preset->used_path
             : NULL;
}

static unsigned requests_of(const struct billing_preset *preset) {
  return preset->used_path != NULL ? 2 : 1;
}

unsigned billing_preset_requests(const struct probe_settings *probe) {
  unsigned sum = 0;
  if (!billing_preset_is_searched(probe))
    return billing_preset_usage_path(probe) != NULL ? 2 : 1;
  for (size_t i = 0; billing_preset_at(i) != NULL; i++)
    sum += requests_of(billing_preset_at(i));
  return sum;
}

/* A server that is asked for a path that it does not have may refuse it, refuse
 * the key, or answer with any page. One that is out of order does not say
 * whether it has the path, nor does one that asks to wait. */
enum billing_place billing_place_of(const struct probe_result *result) {
  const struct http_result *http = &result->http;
  if (result->has_balance || result->unlimited || result->needs_scale)
    return BILLING_PLACE_FOUND;
  if (http->transport_error != CAUSE_OK || http->http_status >= 500 ||
      http->retry_after > 0)
    return BILLING_PLACE_UNDECIDED;
  switch (result->cause) {
  case CAUSE_KEY_REJECTED:
  case CAUSE_KEY_EXPIRED:
  case CAUSE_FORBIDDEN:
    return BILLING_PLACE_REFUSED;
  case CAUSE_QUOTA:
  case CAUSE_RATE_LIMITED:
  case CAUSE_UPSTREAM:
    return BILLING_PLACE_UNDECIDED;
  default:
    return BILLING_PLACE_MISSING;
  }
}
