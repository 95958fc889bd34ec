/* Where each kind of relay reports the balance: one row each. */
#ifndef HOLYSHEEP_BILLING_PRESET_H
#define HOLYSHEEP_BILLING_PRESET_H

#include "model/probe_result.h"
#include "model/probe_settings.h"

#include <stdbool.h>
#include <stddef.h>

struct billing_preset {
  const char *name;
  const char *path; /* below the base URL */
  bool searches;    /* the others' places are tried in order */
  const char *remaining_key, *limit_key, *used_key, *expires_key;
  const char *currency_key; /* the currency's name; NULL: dollars */
  bool in_yuan_at_cn;       /* sites under .cn report yuan without saying so */
  double unlimited_limit;   /* a limit that means no limit; 0: none does */
  double unlimited_remaining; /* likewise, a balance */
  const char *valid_key;      /* false: the key is invalid */
  const char *unlimited_key;  /* true or null: there is no limit */
  const char *used_path;      /* a second request, for the usage; NULL: none */
  double used_scale; /* multiplier from the usage's unit to the limit's */
};

/* Ignores case. NULL: there is no such preset. */
const struct billing_preset *billing_preset_find(const char *name);

/* The presets with a place of their own, the more likely ones first; NULL after
 * the last. */
const struct billing_preset *billing_preset_at(size_t index);

/* Writes the list of all names, for a message. */
void billing_preset_names(char *text, size_t size);

/* Sets what is not configured from the probe's preset, by default the first
 * one. False if out of memory. */
bool billing_preset_apply(struct probe_settings *probe);

/* Sets whether the balance is in yuan. Some providers use yuan at their Chinese
 * site and dollars elsewhere, and only the base URL tells which. */
void billing_preset_detect_currency(struct probe_settings *probe,
                                    const char *base_url);

/* Whether the balance is searched for at the place of each preset. */
bool billing_preset_is_searched(const struct probe_settings *probe);

/* The settings with which such a probe asks at one place: has to be freed with
 * probe_settings_free(). False if out of memory. */
bool billing_preset_place(const struct probe_settings *probe, size_t index,
                          const char *base_url, struct probe_settings *place);

/* How many requests a run of the probe takes at most. */
unsigned billing_preset_requests(const struct probe_settings *probe);

/* What a result says of the place that was asked. */
enum billing_place {
  BILLING_PLACE_FOUND,   /* the balance is there, */
  BILLING_PLACE_MISSING, /* or it is not, */
  BILLING_PLACE_REFUSED, /* or not for this key; */
  BILLING_PLACE_UNDECIDED
};
enum billing_place billing_place_of(const struct probe_result *result);

/* The path of a probe's second request, for the usage; NULL: one is enough. If
 * the configuration names the balance's key, the usage is not needed. */
const char *billing_preset_usage_path(const struct probe_settings *probe);

#endif
