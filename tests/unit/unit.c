#include "unit.h"

#include "probe/billing_preset.h"
#include "probe/probe_kind.h"
#include "probe/request_body.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int unit_run(const char *name, const TTest *const *tests, size_t count) {
  Suite *suite = suite_create(name);
  TCase *cases = tcase_create(name);
  tcase_set_timeout(cases, 120); /* valgrind is slow */
  for (size_t i = 0; i < count; i++)
    tcase_add_test(cases, tests[i]);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

usec unit_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * (usec)USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Numerical Recipes' generator; its high bits are the better ones. */
unsigned unit_random(unsigned below) {
  static uint64_t state = 1;
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (unsigned)((state >> 33) % below);
}

static bool give_up_root(void) {
  enum { NOBODY = 65534 };
  return geteuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

bool unit_as_nobody(bool (*holds)(void)) {
  int status = -1;
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (child == 0)
    _exit(give_up_root() && holds() ? EXIT_SUCCESS : EXIT_FAILURE);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  return status == 0;
}

void unit_whole(const char *data, size_t length, unit_feed *take, void *user) {
  take(user, data, length);
}

/* Each chunk has its own allocation, so that ASan detects reads beyond it. */
static void take_copy(const char *data, size_t length, unit_feed *take,
                      void *user) {
  char *piece = malloc(length);
  UNIT_ASSERT(piece != NULL);
  memcpy(piece, data, length);
  take(user, piece, length);
  free(piece);
}

void unit_bytes(const char *data, size_t length, unit_feed *take, void *user) {
  for (size_t i = 0; i < length; i++)
    take_copy(data + i, 1, take, user);
}

void unit_random_chunks(const char *data, size_t length, unit_feed *take,
                        void *user) {
  for (size_t i = 0, size; i < length; i += size) {
    size = 1 + unit_random(7);
    size = size < length - i ? size : length - i;
    take_copy(data + i, size, take, user);
  }
}

void unit_relay_init(struct unit_relay *unit) {
  *unit = (struct unit_relay){
      .settings = {.interval = 10 * USEC_PER_SEC,
                   .relays = &unit->relay,
                   .relay_count = 1},
      .relay = {.name = "main",
                .label = "main",
                .base_url = "https://api.holysheep.ai/v1",
                .probes = unit->probes,
                .probe_count = 3,
                .retry_interval = 10 * USEC_PER_SEC},
      .probes = {[UNIT_MODELS] = {.kind = &probe_kinds[KIND_MODELS],
                                  .interval = 10 * USEC_PER_SEC,
                                  .timeout = 10 * USEC_PER_SEC,
                                  .path = "/models"},
                 [UNIT_BILLING] = {.kind = &probe_kinds[KIND_BILLING],
                                   .interval = 60 * USEC_PER_SEC,
                                   .timeout = 10 * USEC_PER_SEC,
                                   .path = "/billing",
                                   .preset = billing_preset_find("holysheep"),
                                   .remaining_key = "remaining",
                                   .scale = 1},
                 [UNIT_CHAT] = {.kind = &probe_kinds[KIND_CHAT],
                                .interval = 60 * USEC_PER_SEC,
                                .timeout = 30 * USEC_PER_SEC,
                                .path = "/chat/completions",
                                .model = "openai/gpt-4o-mini",
                                .model_label = "openai%2Fgpt-4o-mini",
                                .prompt = "ping",
                                .max_tokens = 10,
                                .prompt_price = -1,
                                .completion_price = -1}}};
  histogram_latency_bounds(&unit->bounds, &unit->settings);
}

struct http_result unit_http_result(int http_status) {
  struct http_result http;
  http_result_init(&http);
  http.attempted = true;
  http.http_status = http_status;
  return http;
}

size_t unit_request(const struct probe_settings *probe, time_t now,
                    char *text) {
  struct prompt_values values;
  prompt_values_init(&values, (double)now, 0);
  return request_body_write(probe, &values, text);
}

struct probe_result unit_probe_result(const struct probe_settings *probe,
                                      int http_status, const char *body) {
  static struct answer answer;
  struct http_result http = unit_http_result(http_status);
  struct probe_result result;
  answer_open(&answer, probe, NULL, NULL);
  answer_feed(&answer, body, strlen(body), 0.1);
  answer_close(&answer, &http, &result);
  return result;
}
