#include "model/status.h"

/* Exact HTTP statuses first, then their classes, then transport errors. */
enum {
  FIRST_CLASS = 14,
  FIRST_TRANSPORT_ERROR = 19,
  STATUS_TIMEOUT = FIRST_TRANSPORT_ERROR,
  STATUS_DNS,
  STATUS_CONNECTION,
  STATUS_TLS,
  STATUS_PROTOCOL,
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
    [STATUS_TIMEOUT] = {"timeout", 0, true},
    [STATUS_DNS] = {"dns_error", 0, false},
    [STATUS_CONNECTION] = {"connection_error", 0, true},
    [STATUS_TLS] = {"tls_error", 0, false},
    [STATUS_PROTOCOL] = {"protocol_error", 0, false},
};

static unsigned status_of_answer(int http_status) {
  for (unsigned i = 0; i < FIRST_CLASS; i++)
    if (statuses[i].http == http_status)
      return i;
  for (unsigned i = FIRST_CLASS; i < FIRST_TRANSPORT_ERROR; i++)
    if (statuses[i].http == http_status / 100)
      return i;
  return STATUS_PROTOCOL;
}

unsigned status_of(enum cause transport_error, int http_status) {
  switch (transport_error) {
  case CAUSE_TIMEOUT:
    return STATUS_TIMEOUT;
  case CAUSE_DNS:
    return STATUS_DNS;
  case CAUSE_CONNECTION:
  case CAUSE_INTERNAL: /* this host's fault, but no connection was made */
    return STATUS_CONNECTION;
  case CAUSE_TLS_EXPIRED:
  case CAUSE_TLS_NAME:
  case CAUSE_TLS_ISSUER:
  case CAUSE_TLS:
  case CAUSE_CA_UNREADABLE: /* no TLS without them */
    return STATUS_TLS;
  case CAUSE_MALFORMED:
    return STATUS_PROTOCOL;
  default:
    return status_of_answer(http_status);
  }
}
