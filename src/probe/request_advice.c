#include "probe/request_advice.h"

#include "model/probe_settings.h"
#include "probe/api_error.h"
#include "probe/probe_kind.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool sends_max_completion_tokens(const struct probe_settings *probe) {
  return probe->max_completion_tokens > 0;
}

static bool sends_max_tokens(const struct probe_settings *probe) {
  return probe_kind_has(probe->kind, PROBE_COMPLETES) &&
         probe->max_completion_tokens == 0;
}

static bool sends_effort(const struct probe_settings *probe) {
  return probe->reasoning_effort != NULL;
}

static bool streams(const struct probe_settings *probe) {
  return probe->stream;
}

/* A part of the name of a member, whatever the API calls it. */
static const struct {
  const char *name;
  bool (*is_sent)(const struct probe_settings *probe);
  const char *advice;
} members[] = {
    {"max_completion_tokens", sends_max_completion_tokens,
     "Change MaxCompletionTokens, or remove it so that MaxTokens is used."},
    {"max_tokens", sends_max_completion_tokens,
     "Change MaxCompletionTokens: the relay rejects the limit on tokens."},
    {"max_tokens", sends_max_tokens,
     "Change MaxTokens: the relay rejects the limit on tokens."},
    {"max_output_tokens", sends_max_tokens,
     "Change MaxTokens: the relay rejects the limit on tokens."},
    {"effort", sends_effort,
     "Change or remove ReasoningEffort: the relay rejects it."},
    {"stream", streams, "Remove Stream: the relay rejects it."},
};

static bool is_name(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* Whether Extra has `name`, in quotes. */
static bool is_extra(const char *extra, const char *name, size_t length) {
  for (const char *at = extra; (at = strchr(at, '"')) != NULL; at++)
    if (strncmp(at + 1, name, length) == 0 && at[length + 1] == '"')
      return true;
  return false;
}

/* Whether a text has a name that is in Extra. */
static bool names_extra(const char *extra, const char *text) {
  size_t length;
  for (; *text != '\0'; text += length) {
    for (length = 0; is_name(text[length]); length++)
      ;
    if (length > 0 && is_extra(extra, text, length))
      return true;
    length = length > 0 ? length : 1;
  }
  return false;
}

const char *request_advice(const struct probe_settings *probe,
                           const struct api_error *error) {
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (members[i].is_sent(probe) &&
        (strstr(error->parameter, members[i].name) != NULL ||
         strstr(error->message, members[i].name) != NULL))
      return members[i].advice;
  if (probe->extra != NULL && (names_extra(probe->extra, error->parameter) ||
                               names_extra(probe->extra, error->message)))
    return "Change Extra: the relay rejects a member of it.";
  return NULL;
}
