#include "model/http_result.h"

const char *phase_name(enum phase phase) {
  static const char *const names[PHASE_COUNT] = {"dns", "connect", "tls",
                                                 "server", "transfer"};
  return names[phase];
}

const char *ratelimit_name(unsigned resource) {
  return resource == RATELIMIT_REQUESTS ? "requests" : "tokens";
}

void http_result_init(struct http_result *http) {
  *http = (struct http_result){.transport_error = CAUSE_OK};
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    http->phase[i] = -1;
}
