/* The command line of holysheep-check, as settings of the plugin. */
#ifndef HOLYSHEEP_OPTIONS_H
#define HOLYSHEEP_OPTIONS_H

#include "base/error.h"
#include "check/hints.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct probe_kind;

struct options {
  struct relay_settings relay; /* with one probe of each kind */
  struct key key;
  const struct probe_kind *api; /* of the requests to a model */
  const char *billing;          /* the preset's name */
  const char *hints[HINTS_MAX];
  size_t hint_count;
  bool model_given, billing_given, api_given;
  bool json, discover; /* not both */
  const char *config;  /* a file to check instead of a relay; or NULL */
  bool probe;          /* run the probes of that file */
  bool relay_given;    /* some option was about a relay */
  bool help, version;  /* the rest was not checked then */
};

void options_print_usage(FILE *out);

/* On a mistake, returns false; the error says what would be right, and quotes
 * nothing that could be a key. Either way, call options_free() afterwards. */
bool options_parse(int argc, char **argv, struct options *options,
                   struct error *error);
void options_free(struct options *options);

/* Sets the preset of the balance probe. False if out of memory. */
bool options_use_preset(struct options *options,
                        const struct billing_preset *preset);

/* The probe of that kind; all are for the same model, if one was given. */
const struct probe_settings *options_probe(const struct options *options,
                                           const struct probe_kind *kind);

#endif
