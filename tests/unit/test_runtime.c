/* The requests of a probe. */
#include "engine/runtime.h"

#include "probe/billing_preset.h"
#include "unit.h"

#include <string.h>

static struct unit_relay unit;
static struct relay_runtime relay;
static struct probe_result ended, other;

static struct probe_runtime *billing(void) {
  return &relay.probes[UNIT_BILLING];
}

/* A relay whose balance takes two requests. */
static void setup(void) {
  unit_relay_init(&unit);
  struct probe_settings *probe = &unit.probes[UNIT_BILLING];
  probe->preset = billing_preset_find("new-api");
  probe->path = "/dashboard/billing/subscription";
  probe->remaining_key = NULL;
  ck_assert(
      relay_runtime_init(&relay, &unit.relay, &unit.bounds, "host", 0, 0));
}

static struct probe_result a_first(double duration) {
  struct probe_result result = {.cause = CAUSE_OK,
                                .needs_second_request = true};
  http_result_init(&result.http);
  result.http.duration = duration;
  return result;
}

START_TEST(test_two_requests) {
  struct probe_result first = a_first(0.5);
  setup();
  ck_assert_uint_eq(billing()->requests, 2);
  probe_runtime_first(billing(), 0);
  ck_assert_str_eq(
      billing()->request.url,
      "https://api.holysheep.ai/v1/dashboard/billing/subscription");
  ck_assert(probe_runtime_next(billing(), &first, &other));
  ck_assert_str_eq(billing()->request.url,
                   "https://api.holysheep.ai/v1/dashboard/billing/usage");
  relay_runtime_free(&relay);
}
END_TEST

START_TEST(test_second_request_not_needed) {
  struct probe_result enough = a_first(0.5), failed = a_first(0.5);
  enough.needs_second_request = false;
  failed.cause = CAUSE_UPSTREAM;
  setup();
  probe_runtime_first(billing(), 0);
  ck_assert(!probe_runtime_next(billing(), &enough, &other));
  ck_assert(!probe_runtime_next(billing(), &failed, &other));
  relay_runtime_free(&relay);
}
END_TEST

/* The timeout covers both requests; 0 would mean no timeout. */
START_TEST(test_second_request_gets_the_remaining_time) {
  static const struct {
    double taken;
    usec left;
  } cases[] = {{0, 10000000}, {0.25, 9750000}, {9.5, 500000}, {10, 1}, {60, 1}};
  setup();
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    struct probe_result first = a_first(cases[i].taken);
    probe_runtime_first(billing(), 0);
    ck_assert_int_eq(billing()->request.timeout, 10 * USEC_PER_SEC);
    ck_assert(probe_runtime_next(billing(), &first, &other));
    ck_assert_int_eq(billing()->request.timeout, cases[i].left);
  }
  relay_runtime_free(&relay);
}
END_TEST

/* --- a balance that is searched for -------------------------------------- */

static void setup_search(void) {
  unit_relay_init(&unit);
  unit.probes[UNIT_BILLING].preset = billing_preset_find("auto");
  ck_assert(
      relay_runtime_init(&relay, &unit.relay, &unit.bounds, "host", 0, 0));
}

static bool answer(enum cause cause, int status) {
  ended = (struct probe_result){.cause = cause};
  http_result_init(&ended.http);
  ended.http.attempted = true;
  ended.http.http_status = status;
  ended.http.duration = 3;
  ended.has_balance = cause == CAUSE_OK;
  return probe_runtime_next(billing(), &ended, &other);
}

static bool asks(const char *path) {
  const char *url = billing()->request.url;
  return strcmp(url + strlen("https://api.holysheep.ai/v1"), path) == 0;
}

/* Each place has the whole timeout. */
START_TEST(test_search_keeps_what_answers) {
  setup_search();
  ck_assert_uint_eq(billing()->requests, 8);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/billing"));
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert(asks("/dashboard/billing/subscription"));
  ck_assert_int_eq(billing()->request.timeout, 10 * USEC_PER_SEC);
  ended = a_first(3);
  ck_assert(probe_runtime_next(billing(), &ended, &other));
  ck_assert(asks("/dashboard/billing/usage"));
  ck_assert_int_eq(billing()->request.timeout, 7 * USEC_PER_SEC);
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_str_eq(ended.found_preset->name, "new-api");
  ck_assert_uint_eq(billing()->requests, 2);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/dashboard/billing/subscription"));
  ck_assert_ptr_null(billing()->request.previous);
  ck_assert(!answer(CAUSE_KEY_REJECTED, 401));
  ck_assert_uint_eq(billing()->requests, 2);
  ck_assert(!answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert_uint_eq(billing()->requests, 8);
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/dashboard/billing/subscription"));
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_ptr_null(ended.found_preset);
  relay_runtime_free(&relay);
}
END_TEST

/* Each result is handed out once; what is said of the key is the run's. */
static void search_without_success(const char *from) {
  unsigned others = 0, refused = 0;
  bool more = true;
  probe_runtime_first(billing(), 0);
  ck_assert(asks(from));
  while (more) {
    bool about_key = asks("/credits") || asks("/usage");
    more = answer(about_key ? CAUSE_KEY_REJECTED : CAUSE_CLIENT_ERROR,
                  about_key ? 401 : 404);
    others += other.http.attempted;
    refused += other.http.http_status == 401;
  }
  ck_assert_uint_eq(others, 6);
  ck_assert_uint_eq(refused, 1);
  ck_assert_int_eq(ended.cause, CAUSE_KEY_REJECTED);
  ck_assert_int_eq(ended.http.http_status, 401);
  ck_assert_ptr_null(probe_runtime_held(billing()));
}

/* As long as a place refuses the key, the others are not asked again. */
START_TEST(test_search_without_success) {
  setup_search();
  search_without_success("/billing");
  for (int run = 0; run < 2; run++) {
    probe_runtime_first(billing(), 0);
    ck_assert(asks("/credits"));
    ck_assert(!answer(CAUSE_KEY_EXPIRED, 401));
    ck_assert_int_eq(ended.cause, CAUSE_KEY_EXPIRED);
    ck_assert(!other.http.attempted);
  }
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/credits"));
  ck_assert(answer(CAUSE_CLIENT_ERROR, 404));
  ck_assert(asks("/user/balance"));
  ck_assert(!answer(CAUSE_OK, 200));
  ck_assert_str_eq(ended.found_preset->name, "deepseek");
  relay_runtime_free(&relay);
}
END_TEST

/* What ends a search says nothing about the places; what was held is counted. A
 * place that is out of order does not hide the others from the next run. */
START_TEST(test_search_is_ended) {
  setup_search();
  probe_runtime_first(billing(), 0);
  ck_assert(answer(CAUSE_KEY_REJECTED, 401));
  ck_assert_ptr_nonnull(probe_runtime_held(billing()));
  ck_assert(!answer(CAUSE_UPSTREAM, 503));
  ck_assert_int_eq(ended.cause, CAUSE_UPSTREAM);
  ck_assert_int_eq(other.http.http_status, 401);
  ck_assert_ptr_null(probe_runtime_held(billing()));
  probe_runtime_first(billing(), 0);
  ck_assert(asks("/credits"));
  relay_runtime_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("runtime", test_search_keeps_what_answers,
                  test_search_without_success, test_search_is_ended,
                  test_two_requests, test_second_request_not_needed,
                  test_second_request_gets_the_remaining_time);
}
