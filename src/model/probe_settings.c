#include "model/probe_settings.h"

#include <stdlib.h>
#include <string.h>

static size_t prompt_length(const char *prompt) {
  size_t length = strlen(prompt);
  for (const char *p = prompt; (p = strstr(p, "%t")) != NULL; p += 2)
    length += PROMPT_TIME - 2;
  return length;
}

/* About four bytes per token, and seven tokens around a message, as in OpenAI's
 * documentation. "ping" is 8. */
unsigned probe_settings_prompt_tokens(const struct probe_settings *probe) {
  return 7 + (unsigned)(prompt_length(probe->prompt) + 3) / 4;
}

unsigned probe_settings_answer_tokens(const struct probe_settings *probe) {
  return probe->max_completion_tokens > 0 ? probe->max_completion_tokens
                                          : probe->max_tokens;
}

void probe_settings_free(struct probe_settings *probe) {
  free(probe->path);
  free(probe->model);
  free(probe->label);
  free(probe->prompt);
  free(probe->remaining_key);
  free(probe->limit_key);
  free(probe->used_key);
  free(probe->expires_key);
  for (size_t i = 0; i < probe->required_count; i++)
    free(probe->required[i].id);
  free(probe->required);
}
