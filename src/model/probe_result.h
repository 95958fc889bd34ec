/* What a probe found out. */
#ifndef HOLYSHEEP_PROBE_RESULT_H
#define HOLYSHEEP_PROBE_RESULT_H

#include "model/cause.h"
#include "model/http_result.h"

#include <stdbool.h>
#include <stdint.h>

/* As a relay tells: never, or nothing any longer. */
enum { KEY_EXPIRES_NEVER = -1 };

struct probe_result {
  enum cause cause;
  enum fault fault;
  struct http_result http;
  char error_code[48];     /* of the API's error, fit for a log line */
  char error_message[160]; /* likewise, its first words */
  const char *advice;      /* a better one than the cause's, or NULL */
  bool refuses_max_tokens; /* the model takes max_completion_tokens alone */
  bool has_usage;
  uint64_t prompt_tokens;
  uint64_t completion_tokens;
  bool model_mismatch; /* the answer names another model than was asked for */
  bool has_stream;     /* then, of a stream with a token in it: */
  double first_token;  /* seconds from the request's beginning */
  double tokens_per_second; /* after the first; 0: not known */
  double longest_gap;       /* seconds between two of its pieces */
  bool has_balance, has_limit, has_used;
  double balance, limit, used; /* US dollars */
  bool has_unlimited; /* whether this kind of relay tells of keys without one */
  bool unlimited;     /* then: this key is one */
  int64_t key_expiry; /* Unix seconds, 0: not told, or KEY_EXPIRES_NEVER */
  bool has_models;
  uint64_t models;   /* how many are listed */
  uint64_t required; /* of those that have to be: a bit each that is there */
  bool needs_second_request; /* another request is needed, see
                                probe_runtime_next() */
};

#endif
