/* The kinds of probes: each is a row of functions, and one file. */
#ifndef HOLYSHEEP_PROBE_H
#define HOLYSHEEP_PROBE_H

#include "cause.h"
#include "json.h"
#include "outcome.h"

#include <stdbool.h>

struct answer;
struct probe_settings;

struct probe_kind {
  const char *endpoint; /* the value of the label `endpoint` */
  const char *block;    /* the name of its block in the configuration */
  const char *path;     /* below the base URL, when none is configured */
  unsigned timeout_ms;  /* when none is configured */
  double least_default_interval; /* seconds: a default is not below it */
  bool completion;               /* its requests cost tokens */

  /* The body to POST, allocated; NULL for a GET. Memory is the only thing
   * that can be missing: `*ok` is false then. */
  char *(*request)(const struct probe_settings *probe, bool *ok);

  /* Names the places to be reported of the answer's body, with identifiers
   * from API_ERROR_WANTS on. */
  void (*want)(struct answer *answer);
  void (*take)(struct answer *answer, int id, const struct json_value *value);

  /* Judges a whole 2xx body of JSON without an error in it; may add figures
   * to the outcome. */
  enum cause (*judge)(const struct answer *answer, struct outcome *outcome);
};

extern const struct probe_kind models_probe;
extern const struct probe_kind billing_probe;
extern const struct probe_kind chat_probe;

#endif
