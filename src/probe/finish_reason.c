#include "probe/finish_reason.h"

#include "base/text.h"

bool finish_reason_is_failure(const char *reason, size_t length) {
  return text_equals_no_case(reason, length, "error") ||
         text_equals_no_case(reason, length, "failed") ||
         text_begins_with_no_case(reason, length, "error_") ||
         text_ends_with_no_case(reason, length, "_error") ||
         text_equals_no_case(reason, length, "insufficient_system_resource");
}

/* OpenAI's, Gemini's and Anthropic's, and that of Responses. */
bool finish_reason_is_limit(const char *reason, size_t length) {
  return text_equals_no_case(reason, length, "length") ||
         text_equals_no_case(reason, length, "max_tokens") ||
         text_equals_no_case(reason, length, "max_output_tokens");
}

/* From OpenAI, Anthropic, Gemini, Zhipu and APIs modelled on them. */
static const char *const explanations[] = {
    "length",     "max_tokens", "max_output_tokens",
    "filter",     "safety",     "sensitive",
    "block",      "refus",      "prohibited",
    "guardrail",  "moderation", "policy",
    "recitation", "spii",       "tool",
    "function"};

bool finish_reason_explains_empty(const char *reason, size_t length) {
  for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++)
    if (text_contains_no_case(reason, length, explanations[i]))
      return true;
  return false;
}
