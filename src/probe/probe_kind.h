/* The kinds of probes: one row each. What is different for a kind elsewhere,
 * in the configuration, the series, the messages, the order in which probes are
 * sent and the manual, follows from the columns of its row. */
#ifndef HOLYSHEEP_PROBE_KIND_H
#define HOLYSHEEP_PROBE_KIND_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>

struct prober;

/* What the probes of a kind have or do; a bit each. */
enum probe_trait {
  PROBE_LISTS_MODELS = 1 << 0,
  PROBE_TELLS_BALANCE = 1 << 1, /* of a kind of relay: a preset */
  PROBE_USES_TOKENS = 1 << 2,   /* asks a model something, which costs money */
  PROBE_COMPLETES = 1 << 3,     /* and the model answers with tokens too, */
  PROBE_STREAMS = 1 << 4,       /* one by one if it is asked to */
  /* The limit on those may also be called max_completion_tokens. */
  PROBE_MAX_COMPLETION_TOKENS = 1 << 5,
  PROBE_TRAITS = (1 << 6) - 1
};

/* How expensive a probe is: cheaper ones go first when requests are scarce. */
enum probe_rank { RANK_MODELS, RANK_BILLING, RANK_TOKENS, RANKS };

struct probe_kind {
  const char *block;    /* the name of its block in the configuration */
  const char *endpoint; /* the value of the label `endpoint` */
  const struct prober *prober;
  unsigned traits;
  enum probe_rank rank;
  bool by_default;   /* what a relay without any probe's block gets */
  bool applications; /* use this endpoint: it is what an outage is about */
  /* Unless configured: */
  const char *path;          /* below the base URL */
  usec timeout;              /* of the whole request */
  usec min_default_interval; /* the plugin's own, or this where it is longer */
  const char *help;          /* a sentence or two, for the manual, in POD */
};

extern const struct probe_kind probe_kinds[];
extern const size_t probe_kind_count;

/* The rows that holysheep-check and the tests ask for. */
enum { KIND_MODELS, KIND_BILLING, KIND_CHAT };

static inline bool probe_kind_has(const struct probe_kind *kind,
                                  enum probe_trait trait) {
  return (kind->traits & (unsigned)trait) != 0;
}

#endif
