#include "model/probe_settings.h"

#include "model/prompt.h"

#include <stdlib.h>
#include <string.h>

/* A system prompt or a tool, maybe. */
static size_t extra_length(const struct probe_settings *probe) {
  return probe->extra != NULL ? strlen(probe->extra) : 0;
}

/* About four bytes per token, and seven tokens around a message, as in OpenAI's
 * documentation. "ping" is 8. */
unsigned probe_settings_prompt_tokens(const struct probe_settings *probe) {
  static const struct prompt_values any;
  return 7 + (unsigned)(prompt_expand(probe->prompt, &any, NULL) +
                        extra_length(probe) + 3) /
                 4;
}

unsigned probe_settings_answer_tokens(const struct probe_settings *probe) {
  return probe->max_completion_tokens > 0 ? probe->max_completion_tokens
                                          : probe->max_tokens;
}

/* Either may be NULL. */
static bool is_same(const char *a, const char *b) {
  return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool probe_settings_have_same_prompt(const struct probe_settings *a,
                                     const struct probe_settings *b) {
  return a->kind == b->kind && is_same(a->path, b->path) &&
         is_same(a->model, b->model) && is_same(a->prompt, b->prompt) &&
         is_same(a->extra, b->extra) &&
         is_same(a->reasoning_effort, b->reasoning_effort);
}

void probe_settings_free(struct probe_settings *probe) {
  free(probe->path);
  free(probe->model);
  free(probe->label);
  free(probe->prompt);
  free(probe->expect);
  free(probe->reasoning_effort);
  free(probe->extra);
  free(probe->remaining_key);
  free(probe->limit_key);
  free(probe->used_key);
  free(probe->expires_key);
  for (size_t i = 0; i < probe->required_count; i++)
    free(probe->required[i].id);
  free(probe->required);
}
