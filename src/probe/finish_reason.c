#include "probe/finish_reason.h"

#include <string.h>
#include <strings.h>

static bool has_prefix(const char *text, size_t length, const char *affix) {
  size_t size = strlen(affix);
  return length >= size && strncasecmp(text, affix, size) == 0;
}

static bool has_suffix(const char *text, size_t length, const char *affix) {
  size_t size = strlen(affix);
  return length >= size && strncasecmp(text + length - size, affix, size) == 0;
}

static bool equals(const char *text, size_t length, const char *word) {
  return length == strlen(word) && has_prefix(text, length, word);
}

bool finish_reason_is_failure(const char *reason, size_t length) {
  return equals(reason, length, "error") || equals(reason, length, "failed") ||
         has_prefix(reason, length, "error_") ||
         has_suffix(reason, length, "_error") ||
         equals(reason, length, "insufficient_system_resource");
}

/* OpenAI's, Gemini's and Anthropic's, and that of Responses. */
bool finish_reason_is_limit(const char *reason, size_t length) {
  return equals(reason, length, "length") ||
         equals(reason, length, "max_tokens") ||
         equals(reason, length, "max_output_tokens");
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
    for (size_t at = 0; at < length; at++)
      if (has_prefix(reason + at, length - at, explanations[i]))
        return true;
  return false;
}
