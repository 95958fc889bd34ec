/* The kinds of probes: one row each. Wherever kinds differ elsewhere (in the
 * configuration, series, messages, the order in which probes are sent, and the
 * manual), it follows from the columns of this table. */
#ifndef HOLYSHEEP_PROBE_KIND_H
#define HOLYSHEEP_PROBE_KIND_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct prober;

/* The traits of a kind; a bit each. */
enum probe_trait {
  PROBE_LISTS_MODELS = 1 << 0,
  PROBE_TELLS_BALANCE = 1 << 1, /* takes a billing preset */
  PROBE_USES_TOKENS = 1 << 2, /* sends a prompt to a model, which costs money */
  PROBE_COMPLETES = 1 << 3,   /* the answer costs tokens, too, */
  PROBE_STREAMS = 1 << 4,     /* and can be streamed */
  /* The token limit may also be called max_completion_tokens. */
  PROBE_MAX_COMPLETION_TOKENS = 1 << 5,
  PROBE_TRAITS = (1 << 6) - 1
};

/* How expensive a probe is. Cheaper ones go first if requests are limited. */
enum probe_rank { RANK_MODELS, RANK_BILLING, RANK_TOKENS, RANKS };

struct probe_kind {
  const char *block;    /* the name of its block in the configuration */
  const char *endpoint; /* the value of the label `endpoint` */
  const struct prober *prober;
  unsigned traits;
  enum probe_rank rank;
  bool by_default;   /* for relays without any block of a probe */
  bool applications; /* applications use this endpoint, so its failure is an
                        outage */
  /* Unless configured: */
  const char *path; /* below the base URL */
  usec timeout;     /* of the whole request */
  usec
      min_default_interval; /* the default is the plugin's, but at least this */
  const char *model;        /* of holysheep-check's requests; or NULL */
  const char *model_word; /* in the names of models that only this kind is for;
                             NULL: for all others */
  const char *help;       /* a sentence or two, for the manual, in POD */
};

extern const struct probe_kind probe_kinds[];
extern const size_t probe_kind_count;

/* The rows that holysheep-check and the tests use. */
enum {
  KIND_MODELS,
  KIND_BILLING,
  KIND_CHAT,
  KIND_MESSAGES,
  KIND_RESPONSES,
  KIND_EMBEDDINGS
};

static inline bool probe_kind_has(const struct probe_kind *kind,
                                  enum probe_trait trait) {
  return (kind->traits & (unsigned)trait) != 0;
}

#endif
