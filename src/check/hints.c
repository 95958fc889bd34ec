#include "check/hints.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *prefix_hint(const char *key) {
  if (strncmp(key, "sk-", 3) == 0)
    return NULL;
  if (strncasecmp(key, "your", 4) == 0)
    return "The key is a placeholder from an example: replace it with your "
           "own.";
  if (strstr(key, "=sk-") != NULL)
    return "The key has a variable name and = in front of it: only the part "
           "after them is the key.";
  return "The key does not start with sk-, as most relays' keys do: is it "
         "complete, and is it for this relay?";
}

/* This program strips it; others may send it, or fail. */
static const char *line_break_hint(const struct key *key) {
  const struct key_source *source = key->source;
  const char *text = source->kind == KEY_FROM_ENV ? getenv(source->name) : NULL;
  return text != NULL && strpbrk(text, "\r\n") != NULL
             ? "The variable has a line break after the key, which "
               "holysheep-check ignores; other programs may not."
             : NULL;
}

static const char *exposure_hint(const struct key *key) {
  return key_is_world_readable(key) ? "Every user on this host can read the "
                                      "key file: run chmod o-r on it."
                                    : NULL;
}

size_t hints_collect(const struct key *key, const char *hints[HINTS_MAX]) {
  const char *candidates[HINTS_MAX] = {
      prefix_hint(key->value), line_break_hint(key), exposure_hint(key)};
  size_t count = 0;
  for (size_t i = 0; i < HINTS_MAX; i++)
    if (candidates[i] != NULL)
      hints[count++] = candidates[i];
  return count;
}
