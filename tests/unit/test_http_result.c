#include "model/http_result.h"

#include "unit.h"

START_TEST(test_initial_values) {
  struct http_result http;
  http_result_init(&http);
  ck_assert_int_eq(http.transport_error, CAUSE_OK);
  ck_assert_int_eq(http.http_status, 0);
  ck_assert(!http.attempted);
  ck_assert(!http.encoded);
  ck_assert_str_eq(http.request_id, "");
  ck_assert_str_eq(http.detail, "");
  ck_assert_int_eq(http.certificate_expiry, 0);
  ck_assert_double_eq(http.retry_after, 0);
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    ck_assert(!http.ratelimit[i].has_limit &&
              !http.ratelimit[i].has_remaining && !http.ratelimit[i].has_reset);
  for (enum phase phase = PHASE_DNS; phase < PHASE_COUNT; phase++)
    ck_assert_double_lt(http.phase[phase], 0);
}
END_TEST

START_TEST(test_phase_names) {
  static const char *const names[] = {"dns", "connect", "tls", "server",
                                      "transfer"};
  ck_assert_uint_eq(COUNT_OF(names), PHASE_COUNT);
  for (enum phase phase = PHASE_DNS; phase < PHASE_COUNT; phase++)
    ck_assert_str_eq(phase_name(phase), names[phase]);
}
END_TEST

START_TEST(test_resource_names) {
  ck_assert_str_eq(ratelimit_name(RATELIMIT_REQUESTS), "requests");
  ck_assert_str_eq(ratelimit_name(RATELIMIT_TOKENS), "tokens");
}
END_TEST

int main(void) {
  return UNIT_RUN("http_result", test_initial_values, test_phase_names,
                  test_resource_names);
}
