#include "model/status.h"

/* The breaks stand last; exact statuses before the classes. */
enum {
  FIRST_CLASS = 14,
  FIRST_BREAK = 19,
  BREAK_TIMEOUT = FIRST_BREAK,
  BREAK_DNS,
  BREAK_CONNECTION,
  BREAK_TLS,
  BREAK_PROTOCOL,
};

const struct status_row statuses[STATUS_COUNT] = {
    {"200", 200, true},
    {"400", 400, false},
    {"401", 401, true},
    {"402", 402, true},
    {"403", 403, true},
    {"404", 404, true},
    {"408", 408, false},
    {"413", 413, false},
    {"422", 422, false},
    {"429", 429, true},
    {"500", 500, true},
    {"502", 502, true},
    {"503", 503, true},
    {"504", 504, false},
    {"1xx", 1, false},
    {"2xx", 2, false},
    {"3xx", 3, false},
    {"4xx", 4, false},
    {"5xx", 5, false},
    [BREAK_TIMEOUT] = {"timeout", 0, true},
    [BREAK_DNS] = {"dns_error", 0, false},
    [BREAK_CONNECTION] = {"connection_error", 0, true},
    [BREAK_TLS] = {"tls_error", 0, false},
    [BREAK_PROTOCOL] = {"protocol_error", 0, false},
};

static unsigned status_of_http(int http_status) {
  for (unsigned i = 0; i < FIRST_CLASS; i++)
    if (statuses[i].http == http_status)
      return i;
  for (unsigned i = FIRST_CLASS; i < FIRST_BREAK; i++)
    if (statuses[i].http == http_status / 100)
      return i;
  return BREAK_PROTOCOL;
}

unsigned status_of(enum cause transport_error, int http_status) {
  switch (transport_error) {
  case CAUSE_TIMEOUT:
    return BREAK_TIMEOUT;
  case CAUSE_DNS:
    return BREAK_DNS;
  case CAUSE_CONNECTION:
  case CAUSE_INTERNAL: /* this host's fault, but no connection either */
    return BREAK_CONNECTION;
  case CAUSE_TLS_EXPIRED:
  case CAUSE_TLS_NAME:
  case CAUSE_TLS_ISSUER:
  case CAUSE_TLS:
  case CAUSE_CA_UNREADABLE: /* no TLS without them */
    return BREAK_TLS;
  case CAUSE_MALFORMED:
    return BREAK_PROTOCOL;
  default:
    return status_of_http(http_status);
  }
}
