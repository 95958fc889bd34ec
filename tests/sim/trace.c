#include "trace.h"

#include <string.h>

static uint64_t mix_number(uint64_t sum, uint64_t number) {
  sum = (sum ^ number) * UINT64_C(0xff51afd7ed558ccd);
  return sum ^ sum >> 32;
}

/* Eight bytes at a time. */
static uint64_t mix(uint64_t sum, const char *text) {
  size_t length = strlen(text);
  for (; length >= sizeof sum; text += sizeof sum, length -= sizeof sum) {
    uint64_t number;
    memcpy(&number, text, sizeof number);
    sum = mix_number(sum, number);
  }
  uint64_t rest = 0;
  memcpy(&rest, text, length);
  return mix_number(sum, rest ^ length << 56);
}

static void add(void *user, const struct metric *metric) {
  uint64_t *sum = user, bits;
  memcpy(&bits, &metric->value, sizeof bits);
  *sum = mix_number(*sum, (uint64_t)metric->family << 8 | metric->suffix);
  *sum = mix_number(*sum, bits);
  *sum = mix(*sum, metric->labels);
}

void trace_request(uint64_t *sum, const struct request *request, usec now) {
  *sum = mix_number(*sum, (uint64_t)now);
  *sum = mix(*sum, request->url);
  *sum = mix(*sum, request->body != NULL ? request->body : "");
  *sum = mix(*sum, request->expected != NULL ? request->expected : "");
}

size_t trace_add(uint64_t *sum, const struct relay_state *relay, usec now) {
  *sum = mix_number(*sum, (uint64_t)now);
  *sum = mix(*sum, relay->settings->name);
  return metrics_collect(relay, add, sum);
}
