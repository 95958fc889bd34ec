#include "verdict_cases.h"

#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <string.h>

static char model[] = REQUESTED_MODEL;

static const char *const values[] = {SECRET_KEY};
static const struct secrets secrets = {values, 1};

struct probe_result evaluate(const struct probe_settings *probe, int status,
                             const char *body) {
  static struct answer answer; /* large */
  struct http_result http = unit_http_result(status);
  struct probe_result result;
  answer_open(&answer, probe, NULL, &secrets);
  answer_feed(&answer, body, strlen(body), 0.1);
  answer_close(&answer, &http, &result);
  return result;
}

struct probe_result evaluate_chat(int status, const char *body) {
  const struct probe_settings chat = {.kind = &probe_kinds[KIND_CHAT],
                                      .model = model,
                                      .timeout = 30 * USEC_PER_SEC};
  return evaluate(&chat, status, body);
}

struct probe_result evaluate_stream(int status, const char *body) {
  const struct probe_settings stream = {.kind = &probe_kinds[KIND_CHAT],
                                        .model = model,
                                        .timeout = 30 * USEC_PER_SEC,
                                        .stream = true};
  return evaluate(&stream, status, body);
}

void check_verdicts(const struct verdict_case *cases, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct probe_result result = evaluate_chat(cases[i].status, cases[i].body);
    ck_assert_msg(result.cause == cases[i].cause, "%d %s: %s, not %s",
                  cases[i].status, cases[i].body, causes[result.cause].name,
                  causes[cases[i].cause].name);
  }
}
