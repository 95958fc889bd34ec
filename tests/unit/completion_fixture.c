#include "completion_fixture.h"

#include "probe/probe_kind.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

struct probe_settings probe;
struct answer answer;
struct probe_result result;

static unsigned probe_kind;
static char model[64], prompt[] = "ping";

void completion_of(unsigned kind, const char *name) {
  probe_kind = kind;
  snprintf(model, sizeof model, "%s", name);
}

void setup(bool stream) {
  probe = (struct probe_settings){.kind = &probe_kinds[probe_kind],
                                  .model = model,
                                  .prompt = prompt,
                                  .timeout = 30 * USEC_PER_SEC,
                                  .max_tokens = 16,
                                  .stream = stream};
}

void check_request(bool stream, const char *wanted) {
  char body[256];
  setup(stream);
  size_t length = unit_request(&probe, 0, NULL);
  ck_assert_uint_eq(unit_request(&probe, 0, body), length);
  ck_assert_str_eq(body, wanted);
}

struct probe_result answered(int status, const char *body) {
  setup(false);
  result = unit_probe_result(&probe, status, body);
  return result;
}

void open_stream(void) {
  setup(true);
  answer_open(&answer, &probe, NULL, NULL);
}

void come(double at, const char *data) {
  answer_feed(&answer, data, strlen(data), at);
}

enum cause end_as(enum cause transport_error) {
  struct http_result http = unit_http_result(200);
  http.transport_error = transport_error;
  http.fault = causes[transport_error].fault;
  answer_close(&answer, &http, &result);
  return result.cause;
}

enum cause cause_of(const char *body) {
  open_stream();
  come(1, body);
  return end_as(CAUSE_OK);
}

enum cause cause_of_bytes(const char *body) {
  open_stream();
  for (; *body != '\0'; body++)
    answer_feed(&answer, body, 1, 1);
  return end_as(CAUSE_OK);
}

void check_stream_stats(uint64_t prompt_tokens, uint64_t cached_tokens) {
  ck_assert(answer.body.done);
  ck_assert_int_eq(end_as(CAUSE_OK), CAUSE_OK);
  ck_assert_double_eq(result.first_token, 0.75);
  ck_assert_double_eq(result.longest_gap, 0.5);
  ck_assert_double_eq(result.tokens_per_second, 4);
  ck_assert_uint_eq(result.prompt_tokens, prompt_tokens);
  ck_assert_uint_eq(result.cached_tokens, cached_tokens);
  ck_assert_uint_eq(result.completion_tokens, 5);
  ck_assert(!result.model_mismatch);
}

void check_malformed(const char *advice) {
  ck_assert_int_eq(result.cause, CAUSE_MALFORMED);
  if (advice == NULL)
    ck_assert_ptr_null(result.advice);
  else
    ck_assert_ptr_nonnull(strstr(result.advice, advice));
}
