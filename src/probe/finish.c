#include "probe/finish.h"

#include <string.h>
#include <strings.h>

static bool begins(const char *text, size_t length, const char *with) {
  size_t size = strlen(with);
  return length >= size && strncasecmp(text, with, size) == 0;
}

static bool ends(const char *text, size_t length, const char *with) {
  size_t size = strlen(with);
  return length >= size && strncasecmp(text + length - size, with, size) == 0;
}

static bool is(const char *text, size_t length, const char *word) {
  return length == strlen(word) && begins(text, length, word);
}

bool finish_is_failure(const char *reason, size_t length) {
  return is(reason, length, "error") || begins(reason, length, "error_") ||
         ends(reason, length, "_error") ||
         is(reason, length, "insufficient_system_resource");
}

/* As OpenAI, Anthropic, Gemini, Zhipu and their look-alikes have them. */
static const char *const explanations[] = {
    "length", "max_tokens", "filter",     "safety",    "sensitive",
    "block",  "refus",      "prohibited", "guardrail", "moderation",
    "policy", "recitation", "spii",       "tool",      "function"};

bool finish_explains_silence(const char *reason, size_t length) {
  for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++)
    for (size_t at = 0; at < length; at++)
      if (begins(reason + at, length - at, explanations[i]))
        return true;
  return false;
}
