#include "check/hints.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *prefix_hint(const char *key) {
  if (strncmp(key, "sk-", 3) == 0)
    return NULL;
  if (strncasecmp(key, "your", 4) == 0)
    return "The key is an example's placeholder: put your own in its place.";
  if (strstr(key, "=sk-") != NULL)
    return "The key has a name and a = in front: only what comes after them "
           "is the key.";
  return "The key does not begin with sk-, as most relays' keys do: is it the "
         "whole key, and this relay's?";
}

/* This program strips it; others may send it, or fail. */
static const char *line_break_hint(const struct key *key) {
  const struct key_source *source = key->source;
  const char *text = source->kind == KEY_FROM_ENV ? getenv(source->name) : NULL;
  return text != NULL && strpbrk(text, "\r\n") != NULL
             ? "The variable has a line end behind the key, which was left "
               "out here: other programs may stumble over it."
             : NULL;
}

static const char *exposure_hint(const struct key *key) {
  return key_is_world_readable(key)
             ? "Everybody on this host can read the key file: "
               "chmod o-r."
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
