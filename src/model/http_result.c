#include "model/http_result.h"

const char *phase_name(enum phase phase) {
  static const char *const names[PHASE_COUNT] = {"dns", "connect", "tls",
                                                 "server", "transfer"};
  return names[phase];
}

const char *ratelimit_name(unsigned resource) {
  return resource == RATELIMIT_REQUESTS ? "requests" : "tokens";
}

void exchange_init(struct exchange *exchange) {
  *exchange = (struct exchange){.broken = CAUSE_OK};
  for (unsigned i = 0; i < PHASE_COUNT; i++)
    exchange->phase[i] = -1;
}
