#include "probe/finish_reason.h"

#include "unit.h"

#include <string.h>

static bool fails(const char *reason) {
  return finish_reason_is_failure(reason, strlen(reason));
}

static bool explains(const char *reason) {
  return finish_reason_explains_empty(reason, strlen(reason));
}

START_TEST(test_failures) {
  static const char *const reasons[] = {"error",
                                        "ERROR",
                                        "network_error",
                                        "Network_Error",
                                        "server_error",
                                        "_error",
                                        "error_",
                                        "error_timeout",
                                        "ERROR_UPSTREAM",
                                        "internal_server_error",
                                        "insufficient_system_resource",
                                        "INSUFFICIENT_SYSTEM_RESOURCE"};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    ck_assert_msg(fails(reasons[i]), "%s", reasons[i]);
}
END_TEST

START_TEST(test_no_failures) {
  static const char *const reasons[] = {
      "",          "stop",           "length",        "content_filter",
      "tool_call", "tool_calls",     "function_call", "eos",
      "end_turn",  "abort",          "unknown",       "err",
      "errors",    "errored",        "terror",        "no-error",
      "error-x",   "system_resource"};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    ck_assert_msg(!fails(reasons[i]), "%s", reasons[i]);
}
END_TEST

START_TEST(test_explanations) {
  static const char *const reasons[] = {
      "length",       "max_tokens", "MAX_TOKENS",     "content_filter",
      "tool_calls",   "tool_use",   "function_call",  "SAFETY",
      "sensitive",    "refusal",    "RECITATION",     "PROHIBITED_CONTENT",
      "model_length", "blocked",    "policy_violated"};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    ck_assert_msg(explains(reasons[i]), "%s", reasons[i]);
}
END_TEST

START_TEST(test_no_explanations) {
  static const char *const reasons[] = {
      "",        "stop", "STOP",      "end_turn", "eos", "stop_sequence",
      "unknown", "null", "completed", "abort"};
  for (size_t i = 0; i < COUNT_OF(reasons); i++)
    ck_assert_msg(!explains(reasons[i]), "%s", reasons[i]);
}
END_TEST

int main(void) {
  return UNIT_RUN("finish_reason", test_failures, test_no_failures,
                  test_explanations, test_no_explanations);
}
