/* Prints a <Relay> block of collectd's configuration for what a relay was found
 * to offer. */
#ifndef HOLYSHEEP_RELAY_BLOCK_H
#define HOLYSHEEP_RELAY_BLOCK_H

#include "base/text.h"
#include "model/settings.h"
#include "probe/billing_preset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { CAPABILITIES_PROBES = 8 };

struct capabilities {
  bool models;                         /* GET /models works */
  const struct billing_preset *preset; /* the balance; NULL: not found */
  /* Requests to a model that work, by kind. */
  const struct probe_settings *probes[CAPABILITIES_PROBES];
  size_t probe_count;
  double requests; /* the limit in its headers; 0: none */
};

/* Whether a text can be quoted as it is: one line of UTF-8, without quotes,
 * backslashes, invisible characters and parts of a secret. `secrets` may be
 * NULL. */
bool relay_block_can_quote(const char *text, size_t length,
                           const struct secrets *secrets);

/* Prints the block. The relay's base URL, its key's name and the model must
 * satisfy relay_block_can_quote(). */
void relay_block_print(FILE *out, const struct relay_settings *relay,
                       const struct capabilities *found);

#endif
