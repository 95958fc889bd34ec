/* The transport's result of one request: everything but the answer's body. */
#ifndef HOLYSHEEP_HTTP_RESULT_H
#define HOLYSHEEP_HTTP_RESULT_H

#include "model/cause.h"

#include <stdbool.h>
#include <stdint.h>

enum phase {
  PHASE_DNS,
  PHASE_CONNECT,
  PHASE_TLS,
  PHASE_SERVER,   /* from the request sent to the first byte of the answer */
  PHASE_TRANSFER, /* from there to the end of the answer */
  PHASE_COUNT
};

const char *phase_name(enum phase phase);

/* "requests" or "tokens". */
const char *ratelimit_name(unsigned resource);

enum { RATELIMIT_REQUESTS, RATELIMIT_TOKENS, RATELIMIT_RESOURCES };

/* x-ratelimit-{limit,remaining,reset}-{requests,tokens}, or other headers of
 * the same meaning. */
struct ratelimit {
  bool has_limit, has_remaining, has_reset;
  double limit, remaining;
  double reset; /* Unix seconds */
};

enum { REQUEST_ID_MAX = 64 };

struct http_result {
  enum cause transport_error; /* CAUSE_OK: a complete answer */
  enum fault fault;           /* of a transport error */
  int http_status;            /* 0: none was received */
  bool attempted;             /* false: nothing was attempted */
  bool sent;    /* the request was sent over an established connection */
  bool encoded; /* the body has a coding that was not requested */
  double phase[PHASE_COUNT]; /* seconds; below 0: did not run */
  double duration;           /* seconds */
  bool silent; /* the timeout was that for the first token of a stream */
  int64_t certificate_expiry; /* Unix seconds; 0: no new certificate */
  struct ratelimit ratelimit[RATELIMIT_RESOURCES];
  double retry_after;              /* seconds from now; 0: none */
  char request_id[REQUEST_ID_MAX]; /* printable; may be empty */
  char detail[160];                /* the transport's error message, likewise */
};

/* Initializes a result in which nothing has happened yet. */
void http_result_init(struct http_result *http);

#endif
