/* The requests of a probe. */
#include "engine/runtime.h"

#include "probe/billing_preset.h"
#include "unit.h"

static struct unit_relay unit;
static struct relay_runtime relay;

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
  ck_assert(probe_runtime_next(billing(), &first));
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
  ck_assert(!probe_runtime_next(billing(), &enough));
  ck_assert(!probe_runtime_next(billing(), &failed));
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
    ck_assert(probe_runtime_next(billing(), &first));
    ck_assert_int_eq(billing()->request.timeout, cases[i].left);
  }
  relay_runtime_free(&relay);
}
END_TEST

int main(void) {
  return UNIT_RUN("runtime", test_two_requests, test_second_request_not_needed,
                  test_second_request_gets_the_remaining_time);
}
