/* Advice for requests that relays reject, in their words. */
#include "probe/probe_kind.h"
#include "unit.h"

#include <string.h>

static struct unit_relay unit;

#define ERROR(message, param)                                                  \
  "{\"error\":{\"message\":\"" message                                         \
  "\",\"type\":\"invalid_request_error\",\"param\":" param "}}"

static const char *advice(const char *body) {
  struct probe_result result =
      unit_probe_result(&unit.probes[UNIT_CHAT], 400, body);
  ck_assert_int_eq(result.cause, CAUSE_CLIENT_ERROR);
  return result.advice;
}

static void check(const char *body, const char *key) {
  const char *said = advice(body);
  ck_assert_msg(said != NULL && strstr(said, key) != NULL, "%s: %s", body,
                said);
}

static void setup(void) { unit_relay_init(&unit); }

START_TEST(test_limit_on_tokens) {
  setup();
  check(ERROR("Could not finish the message because max_tokens or model output "
              "limit was reached. Please try again with higher max_tokens.",
              "null"),
        "MaxTokens");
  check(ERROR("Invalid value: integer below minimum value.",
              "\"max_output_tokens\""),
        "MaxTokens");
  check(ERROR("Unsupported parameter: 'max_tokens' is not supported with this "
              "model. Use 'max_completion_tokens' instead.",
              "\"max_tokens\""),
        "Set MaxCompletionTokens");
  unit.probes[UNIT_CHAT].max_completion_tokens = 500;
  check(ERROR("Unrecognized request argument supplied: max_completion_tokens",
              "null"),
        "Change MaxCompletionTokens");
  check(ERROR("max_tokens is too large: 500.", "\"max_tokens\""),
        "Change MaxCompletionTokens: the relay rejects");
  ck_assert_ptr_null(advice(
      ERROR("Invalid value: integer too large.", "\"max_output_tokens\"")));
}
END_TEST

START_TEST(test_reasoning_effort) {
  static char effort[] = "low";
  setup();
  ck_assert_ptr_null(
      advice(ERROR("Unsupported parameter: 'reasoning_effort' is not supported "
                   "with this model.",
                   "\"reasoning_effort\"")));
  unit.probes[UNIT_CHAT].reasoning_effort = effort;
  check(ERROR("Unsupported parameter: 'reasoning_effort' is not supported with "
              "this model.",
              "\"reasoning_effort\""),
        "ReasoningEffort");
}
END_TEST

START_TEST(test_stream) {
  setup();
  unit.probes[UNIT_CHAT].stream = true;
  check(ERROR("Your organization must be verified to stream this model.",
              "\"stream\""),
        "Stream");
}
END_TEST

START_TEST(test_extra) {
  static char extra[] = "{\"temperature\": 0, \"top_p\": 1}";
  static const char refused[] =
      ERROR("Unsupported value: 'temperature' does not support 0 with this "
            "model.",
            "\"temperature\"");
  setup();
  ck_assert_ptr_null(advice(refused));
  unit.probes[UNIT_CHAT].extra = extra;
  check(refused, "Extra");
  check(ERROR("Unknown parameter: top_p", "null"), "Extra");
  ck_assert_ptr_null(advice(ERROR("Unknown parameter: top", "null")));
}
END_TEST

int main(void) {
  return UNIT_RUN("request_advice", test_limit_on_tokens, test_reasoning_effort,
                  test_stream, test_extra);
}
