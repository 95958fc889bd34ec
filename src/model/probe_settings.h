/* The configuration of a probe. */
#ifndef HOLYSHEEP_PROBE_SETTINGS_H
#define HOLYSHEEP_PROBE_SETTINGS_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct probe_kind;
struct billing_preset;

enum {
  LABEL_MAX = 56,    /* bytes of a relay's or a model's label, terminated: the
                        labels of any series fit into collectd's 127 */
  PROMPT_MAX = 4096, /* bytes */
  EXPECT_MAX = 128,  /* bytes */
  EXTRA_MAX = 4096,  /* bytes */
  REQUIRED_MAX = 64, /* models of a relay; a bit each */
};

/* Receives a model's id, which is not terminated. */
typedef void model_listener(void *listener, const char *id, size_t length);

/* Members that a probe kind does not use are not set: see enum probe_trait. */
struct probe_settings {
  const struct probe_kind *kind;
  usec interval; /* of this host: with Share, that of the hosts times it */
  usec timeout;  /* of the whole request */
  char *path;    /* below the base URL; begins with `/` */

  /* PROBE_USES_TOKENS: */
  char *model;                 /* as sent */
  char *label;                 /* as configured, or NULL */
  char model_label[LABEL_MAX]; /* escaped; empty if there is no model */
  char *prompt;
  double prompt_price, completion_price; /* US dollars per million tokens; below
                                            0: not configured */
  double max_cost_per_day;               /* US dollars; 0: no limit */
  unsigned share; /* hosts that take turns; 1: it alone */

  /* PROBE_COMPLETES, PROBE_STREAMS: */
  unsigned max_tokens;
  unsigned max_completion_tokens; /* instead of max_tokens, unless 0 */
  bool stream;
  usec first_token_timeout; /* of a stream; 0: none of its own */
  char *reasoning_effort;   /* NULL: not sent */
  char *extra;  /* a JSON object with more members of the body; or NULL */
  char *expect; /* what the answer has to contain, with placeholders; NULL:
                   anything */

  /* PROBE_LISTS_MODELS: */
  struct required *required; /* must be listed */
  size_t required_count;
  model_listener *listed; /* called for each id; may be NULL */
  void *listener;

  /* PROBE_TELLS_BALANCE: */
  const struct billing_preset *preset;
  char *remaining_key; /* paths in the answer; NULL: none */
  char *limit_key, *used_key, *expires_key;
  double scale; /* multiplier to US dollars */
  bool in_yuan; /* the site uses yuan without saying so */
};

/* A model that must be listed. */
struct required {
  char *id;
  char label[LABEL_MAX]; /* escaped */
};

/* The estimated tokens of a completion: of its prompt, and of its answer at
 * most. */
unsigned probe_settings_prompt_tokens(const struct probe_settings *probe);
unsigned probe_settings_answer_tokens(const struct probe_settings *probe);

/* Whether two probes ask the same model the same, so that their prompts have
 * the same size: apart from what only limits or streams the answer. */
bool probe_settings_have_same_prompt(const struct probe_settings *a,
                                     const struct probe_settings *b);

void probe_settings_free(struct probe_settings *probe);

#endif
