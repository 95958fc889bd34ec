/* What the probes of a kind send, and how they read what comes back: one file
 * each. */
#ifndef HOLYSHEEP_PROBER_H
#define HOLYSHEEP_PROBER_H

#include "base/json.h"
#include "model/cause.h"
#include "model/probe_result.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct answer;
struct probe_settings;

struct prober {
  /* Writes the body to POST at this moment, and its end; with `text` NULL it
   * is only measured. Returns its length, always the same for a probe. NULL:
   * the request is a GET. */
  size_t (*request)(const struct probe_settings *probe, time_t now, char *text);

  /* Names the places to be reported of a document of the answer's body, with
   * identifiers from API_ERROR_SELECTORS on. */
  void (*select)(struct answer *answer, struct json_reader *json);
  void (*on_field)(struct answer *answer, int id,
                   const struct json_value *value);

  /* Judges a whole 2xx body of JSON without an error in it; may add figures
   * to the outcome. */
  enum cause (*evaluate)(const struct answer *answer,
                         struct probe_result *result);

  /* Adds the figures that a stream told before it failed to the outcome. Only
   * of kinds that stream. */
  void (*add_stats)(const struct answer *answer, struct probe_result *result);

  /* What it means that a stream broke off; CAUSE_OK when what came is to be
   * judged as a whole. Only of kinds that stream. */
  enum cause (*on_truncated)(const struct answer *answer,
                             enum cause transport_error);
};

#endif
