/* The <Relay> block of collectd's configuration for what a relay turned out to
 * have. */
#ifndef HOLYSHEEP_RELAY_BLOCK_H
#define HOLYSHEEP_RELAY_BLOCK_H

#include "base/text.h"
#include "model/settings.h"
#include "probe/billing_preset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct found {
  bool models;                         /* GET /models works */
  const struct billing_preset *preset; /* the balance; NULL: not found */
  const struct probe_settings *chat;   /* a completion; NULL: none works */
  double requests; /* how many it allows, by its headers; 0: not told */
};

/* Whether a text may stand in quotes as it is: one line of UTF-8, without
 * quotes, backslashes and what is not seen, and without a piece of a secret
 * (there may be none). */
bool check_block_holds(const char *text, size_t length,
                       const struct secrets *secrets);

/* Prints the block. check_block_holds() has to hold for the relay's base URL,
 * its key's name and the model. */
void check_block_print(FILE *out, const struct relay_settings *relay,
                       const struct found *found);

#endif
