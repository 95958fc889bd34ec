#include "model/http_result.h"

#include "unit.h"

START_TEST(test_nothing_is_known) {
  struct exchange exchange;
  exchange_init(&exchange);
  ck_assert_int_eq(exchange.broken, CAUSE_OK);
  ck_assert_int_eq(exchange.http_status, 0);
  ck_assert(!exchange.attempted);
  ck_assert(!exchange.encoded);
  ck_assert_str_eq(exchange.request_id, "");
  ck_assert_str_eq(exchange.detail, "");
  ck_assert_int_eq(exchange.certificate_expiry, 0);
  ck_assert_double_eq(exchange.retry_after, 0);
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++)
    ck_assert(!exchange.ratelimit[i].has_limit &&
              !exchange.ratelimit[i].has_remaining &&
              !exchange.ratelimit[i].has_reset);
  for (enum phase phase = PHASE_DNS; phase < PHASE_COUNT; phase++)
    ck_assert_double_lt(exchange.phase[phase], 0);
}
END_TEST

START_TEST(test_names_of_the_phases) {
  static const char *const names[] = {"dns", "connect", "tls", "server",
                                      "transfer"};
  ck_assert_uint_eq(COUNT_OF(names), PHASE_COUNT);
  for (enum phase phase = PHASE_DNS; phase < PHASE_COUNT; phase++)
    ck_assert_str_eq(phase_name(phase), names[phase]);
}
END_TEST

START_TEST(test_names_of_the_resources) {
  ck_assert_str_eq(ratelimit_name(RATELIMIT_REQUESTS), "requests");
  ck_assert_str_eq(ratelimit_name(RATELIMIT_TOKENS), "tokens");
}
END_TEST

int main(void) {
  return UNIT_RUN("exchange", test_nothing_is_known, test_names_of_the_phases,
                  test_names_of_the_resources);
}
