#include "probe.h"

#include "unit.h"

#include <stdlib.h>

static struct unit_relay unit;

static enum cause cause_of(const char *body) {
  unit_relay_init(&unit);
  struct outcome outcome = unit_outcome(&unit.probes[UNIT_MODELS], 200, body);
  ck_assert(!outcome.has_usage && !outcome.has_balance);
  return outcome.cause;
}

START_TEST(test_lists) {
  static const char *const lists[] = {
      "{\"data\":[]}",
      "{\"object\":\"list\",\"data\":[{\"id\":\"a\",\"object\":\"model\"}]}",
      "{\"data\":[{\"id\":\"a\"},{\"owned_by\":{\"id\":5},\"id\":\"b\"}]}",
      "{\"data\":[{\"id\":\"a\",\"permission\":[{\"id\":1}]}],\"x\":[1]}"};
  for (size_t i = 0; i < COUNT_OF(lists); i++)
    ck_assert_msg(cause_of(lists[i]) == CAUSE_OK, "%s", lists[i]);
}
END_TEST

/* A site that answers anything with a 200 is not a healthy relay. */
START_TEST(test_what_is_no_list) {
  static const char *const others[] = {
      "{}",
      "[]",
      "{\"data\":null}",
      "{\"data\":{}}",
      "{\"data\":\"a\"}",
      "{\"data\":{\"a\":{\"id\":\"a\"}}}",
      "{\"data\":[\"a\"]}",
      "{\"data\":[{\"id\":\"a\"},1]}",
      "{\"data\":[[{\"id\":\"a\"}]]}",
      "{\"data\":[{\"id\":1}]}",
      "{\"data\":[{\"id\":null}]}",
      "{\"data\":[{\"name\":\"a\"}]}",
      "{\"data\":[{}]}",
      "{\"data\":[{\"id\":\"a\"},{\"name\":\"b\"},{\"id\":\"c\"}]}",
      "{\"models\":[{\"id\":\"a\"}]}",
      "{\"success\":true,\"message\":\"\",\"data\":{\"id\":1}}",
      "[{\"id\":\"a\"}]"};
  for (size_t i = 0; i < COUNT_OF(others); i++)
    ck_assert_msg(cause_of(others[i]) == CAUSE_MALFORMED, "%s", others[i]);
}
END_TEST

START_TEST(test_the_request_has_no_body) {
  ck_assert(models_probe.request == NULL);
}
END_TEST

START_TEST(test_as_in_the_contract) {
  ck_assert_str_eq(models_probe.endpoint, "models");
  ck_assert_str_eq(models_probe.path, "/models");
  ck_assert_uint_eq(models_probe.timeout_ms, 10000);
  ck_assert_double_eq(models_probe.least_default_interval, 0);
  ck_assert(!models_probe.completion);
}
END_TEST

int main(void) {
  return UNIT_RUN("models", test_lists, test_what_is_no_list,
                  test_the_request_has_no_body, test_as_in_the_contract);
}
