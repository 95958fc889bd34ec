/* The result of a probe. */
#ifndef HOLYSHEEP_PROBE_RESULT_H
#define HOLYSHEEP_PROBE_RESULT_H

#include "model/cause.h"
#include "model/http_result.h"

#include <stdbool.h>
#include <stdint.h>

/* The relay says that the key never expires, or no longer says when. */
enum { KEY_EXPIRES_NEVER = -1 };

struct billing_preset;

struct probe_result {
  enum cause cause;
  enum fault fault;
  struct http_result http;
  char error_code[48];     /* of the relay's error; printable */
  char error_message[160]; /* likewise, truncated */
  const char *advice;      /* more specific than the cause's, or NULL */
  bool refuses_max_tokens; /* the model requires max_completion_tokens */
  bool has_usage;
  uint64_t prompt_tokens, completion_tokens;
  uint64_t cached_tokens;    /* of the prompt's */
  uint64_t reasoning_tokens; /* of the completion's */
  bool has_cost;             /* the relay says what it cost: */
  double cost;               /* US dollars */
  bool model_mismatch; /* the answer names a model that was not requested */
  unsigned vendors;    /* whose traces it has: a bit each, see enum vendor */
  bool has_stream;     /* a stream with at least one token: */
  double first_token;  /* seconds from the request's start */
  double tokens_per_second; /* after the first; 0: unknown */
  double longest_gap;       /* seconds between two pieces */
  bool has_balance, has_limit, has_used;
  double balance, limit, used; /* US dollars */
  bool needs_scale;            /* there is a balance, in another currency */
  const struct billing_preset *found_preset; /* whose place has the balance that
                                                was searched for, if another had
                                                it before, or none; or NULL */
  bool has_unlimited; /* the relay says whether the key has a limit, */
  bool unlimited;     /* and this one does not */
  int64_t key_expiry; /* Unix seconds, 0: unknown, or KEY_EXPIRES_NEVER */
  bool has_models;
  uint64_t models;   /* how many are listed */
  uint64_t required; /* which of the required models are listed: a bit each */
  bool needs_second_request; /* see probe_runtime_next() */
};

#endif
