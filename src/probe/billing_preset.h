/* Where the kinds of relays keep the balance: one row each. */
#ifndef HOLYSHEEP_BILLING_PRESET_H
#define HOLYSHEEP_BILLING_PRESET_H

#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct billing_preset {
  const char *name;
  const char *path; /* below the base URL */
  const char *remaining_key, *limit_key, *used_key, *expires_key;
  const char *currency_key; /* where it names its currency; NULL: dollars */
  bool in_yuan_at_cn;       /* sites under .cn count in yuan, without a word */
  double unlimited_limit;   /* this limit is none; 0: none is */
  double unlimited_remaining; /* this balance is none; 0: none is */
  const char *valid_key;      /* where false says that the key is no good */
  const char *unlimited_key;  /* where true, or null, says that there is none */
  const char *used_path; /* another request, for what was used; NULL: none */
  double used_scale;     /* times this, that is in the limit's unit */
};

/* Case does not count. NULL: there is none. */
const struct billing_preset *billing_preset_find(const char *name);

/* One after the other, the likelier ones first; NULL: there are no more. */
const struct billing_preset *billing_preset_at(size_t index);

/* All their names, for a message. */
void billing_preset_names(char *text, size_t size);

/* Fills in what the configuration does not say, from the probe's preset; the
 * first one without. False without memory. */
bool billing_preset_apply(struct probe_settings *probe);

/* Some providers count in yuan at their Chinese site and in dollars elsewhere,
 * and the answer does not say which: the base URL does. */
void billing_preset_note_site(struct probe_settings *probe,
                              const char *base_url);

/* Where a probe's second request goes, for what was used; NULL: one is enough.
 * Who names the place of the balance itself needs no other number. */
const char *billing_preset_second(const struct probe_settings *probe);

#endif
