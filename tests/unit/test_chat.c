#include "probe.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static struct unit_relay unit;

static struct outcome outcome_of(const char *body) {
  unit_relay_init(&unit);
  return unit_outcome(&unit.probes[UNIT_CHAT], 200, body);
}

/* --- the answer ---------------------------------------------------------- */

START_TEST(test_a_completion) {
  struct outcome outcome = outcome_of(
      "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"m\","
      "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
      "\"content\":\"pong\"},\"finish_reason\":\"stop\"}],"
      "\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2,"
      "\"total_tokens\":10}}");
  ck_assert_int_eq(outcome.cause, CAUSE_OK);
  ck_assert(outcome.has_usage);
  ck_assert_uint_eq(outcome.prompt_tokens, 8);
  ck_assert_uint_eq(outcome.completion_tokens, 2);
  ck_assert(!outcome.has_balance);
}
END_TEST

START_TEST(test_without_choices) {
  static const char *const bodies[] = {
      "{}",
      "{\"choices\":[]}",
      "{\"choices\":null}",
      "{\"choices\":[null]}",
      "{\"choices\":[\"a\"]}",
      "{\"choices\":{}}",
      "[{\"choices\":[{}]}]",
      "{\"choices\":{\"0\":{}}}",
      "{\"message\":\"hello\"}",
      "{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}"};
  for (size_t i = 0; i < COUNT_OF(bodies); i++) {
    struct outcome outcome = outcome_of(bodies[i]);
    ck_assert_msg(outcome.cause == CAUSE_MALFORMED, "%s", bodies[i]);
    ck_assert(!outcome.has_usage);
  }
}
END_TEST

static struct outcome with_usage(const char *usage) {
  char body[256];
  snprintf(body, sizeof body, "{\"choices\":[{}],\"usage\":%s}", usage);
  struct outcome outcome = outcome_of(body);
  ck_assert_msg(outcome.cause == CAUSE_OK, "%s", usage);
  return outcome;
}

/* Tokens are counted when the relay says both numbers, and believably. */
START_TEST(test_usages) {
  static const char *const none[] = {
      "null",
      "{}",
      "5",
      "{\"prompt_tokens\":1}",
      "{\"completion_tokens\":1}",
      "{\"prompt_tokens\":null,\"completion_tokens\":1}",
      "{\"prompt_tokens\":\"1\",\"completion_tokens\":1}",
      "{\"prompt_tokens\":-1,\"completion_tokens\":1}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1000000001}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1e300}",
      "{\"prompt_tokens\":1e400,\"completion_tokens\":1}",
      "{\"prompt_tokens\":1,\"completion_tokens\":1,\"prompt_tokens\":[]}"};
  for (size_t i = 0; i < COUNT_OF(none); i++)
    ck_assert_msg(!with_usage(none[i]).has_usage, "%s", none[i]);
  struct outcome outcome =
      with_usage("{\"prompt_tokens\":0,\"completion_tokens\":1000000000}");
  ck_assert(outcome.has_usage);
  ck_assert_uint_eq(outcome.prompt_tokens, 0);
  ck_assert_uint_eq(outcome.completion_tokens, 1000000000);
}
END_TEST

START_TEST(test_as_in_the_contract) {
  ck_assert_str_eq(chat_probe.endpoint, "chat/completions");
  ck_assert_str_eq(chat_probe.path, "/chat/completions");
  ck_assert_uint_eq(chat_probe.timeout_ms, 30000);
  ck_assert_double_eq(chat_probe.least_default_interval, 60);
  ck_assert(chat_probe.completion);
}
END_TEST

int main(void) {
  return UNIT_RUN("chat", test_a_completion, test_without_choices, test_usages,
                  test_as_in_the_contract);
}
