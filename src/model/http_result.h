/* What the wire gave: one request and its answer, without the body. */
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

/* requests or tokens. */
const char *ratelimit_name(unsigned resource);

enum { RATELIMIT_REQUESTS, RATELIMIT_TOKENS, RATELIMIT_RESOURCES };

/* x-ratelimit-{limit,remaining,reset}-{requests,tokens}, or what else the
 * relay calls them. */
struct ratelimit {
  bool has_limit, has_remaining, has_reset;
  double limit, remaining;
  double reset; /* Unix seconds */
};

enum { REQUEST_ID_MAX = 64 };

struct http_result {
  enum cause transport_error; /* CAUSE_OK: a whole answer came */
  enum fault fault;           /* whose, when it broke off */
  int http_status;            /* 0 when none came */
  bool attempted;             /* false: nothing was even tried */
  bool sent;    /* the connection stood, and the request went out */
  bool encoded; /* the body has an encoding that nobody asked for */
  double phase[PHASE_COUNT];  /* seconds; below 0: it did not run */
  double duration;            /* seconds */
  int64_t certificate_expiry; /* Unix seconds; 0 without a new one */
  struct ratelimit ratelimit[RATELIMIT_RESOURCES];
  double retry_after;              /* seconds from now; 0: not told */
  char request_id[REQUEST_ID_MAX]; /* fit for a log line; may be empty */
  char detail[160];                /* the transport's own words, likewise */
};

/* An exchange of which nothing is known yet. */
void http_result_init(struct http_result *http);

#endif
