/* What holysheep-check is asked for, as the plugin's configuration would say
 * it. */
#ifndef HOLYSHEEP_OPTIONS_H
#define HOLYSHEEP_OPTIONS_H

#include "base/error.h"
#include "check/hints.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct check_options {
  struct relay_settings relay; /* with one probe of each kind */
  struct key key;
  const char *billing; /* the preset's name */
  const char *hints[CHECK_HINTS_MAX];
  size_t hint_count;
  bool model_given, billing_given;
  bool json, discover; /* not both */
  const char *config; /* the file to be checked, in place of a relay; or NULL */
  bool probe;         /* what is configured there */
  bool relay_given;   /* by any option */
  bool help, version; /* then nothing else was looked at */
};

extern const char check_usage[];

/* False, with an error that says what would be right; it quotes nothing that
 * could be a key. check_options_free() is due in either case. */
bool check_options_read(int argc, char **argv, struct check_options *options,
                        struct error *error);
void check_options_free(struct check_options *options);

/* Makes the balance's probe one of that preset. False without memory. */
bool check_options_use_preset(struct check_options *options,
                              const struct billing_preset *preset);

/* The probe of that kind. */
const struct probe_settings *
check_options_probe(const struct check_options *options,
                    const struct probe_kind *kind);

#endif
