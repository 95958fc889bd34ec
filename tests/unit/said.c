#include "said.h"

#include "probe/answer.h"
#include "probe/probe_kind.h"
#include "unit.h"

#include <string.h>

static char model[] = SAID_MODEL;

static const char *const values[] = {SAID_KEY};
static const struct secrets secrets = {values, 1};

struct probe_result said_to(const struct probe_settings *probe, int status,
                            const char *body) {
  static struct answer answer; /* large */
  struct http_result http = unit_exchange(status);
  struct probe_result result;
  answer_open(&answer, probe, NULL, &secrets);
  answer_feed(&answer, body, strlen(body), 0.1);
  answer_close(&answer, &http, &result);
  return result;
}

struct probe_result said_to_chat(int status, const char *body) {
  const struct probe_settings chat = {.kind = &probe_kinds[KIND_CHAT],
                                      .model = model,
                                      .timeout = 30 * USEC_PER_SEC};
  return said_to(&chat, status, body);
}

struct probe_result said_to_stream(int status, const char *body) {
  const struct probe_settings stream = {.kind = &probe_kinds[KIND_CHAT],
                                        .model = model,
                                        .timeout = 30 * USEC_PER_SEC,
                                        .stream = true};
  return said_to(&stream, status, body);
}

void said_check(const struct said *said, size_t count) {
  for (size_t i = 0; i < count; i++) {
    struct probe_result result = said_to_chat(said[i].status, said[i].body);
    ck_assert_msg(result.cause == said[i].cause, "%d %s: %s, not %s",
                  said[i].status, said[i].body, causes[result.cause].name,
                  causes[said[i].cause].name);
  }
}
