#include "matcher.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

struct matcher matcher_copy(const struct matcher *matcher) {
  return (struct matcher){xstrdup(matcher->endpoint), xstrdup(matcher->key),
                          xstrdup(matcher->path)};
}

void matcher_close(struct matcher *matcher) {
  free((char *)matcher->endpoint);
  free((char *)matcher->key);
  free((char *)matcher->path);
}

static bool same(const char *one, const char *other) {
  if (one == NULL || other == NULL)
    return one == other;
  return strcmp(one, other) == 0;
}

bool matcher_equals(const struct matcher *matcher,
                    const struct matcher *other) {
  return same(matcher->endpoint, other->endpoint) &&
         same(matcher->key, other->key) && same(matcher->path, other->path);
}

bool matcher_is_wildcard(const struct matcher *matcher) {
  return matcher_equals(matcher, &(struct matcher){NULL, NULL, NULL});
}

bool matcher_matches(const struct matcher *matcher,
                     const struct request_attributes *request) {
  return (matcher->endpoint == NULL ||
          same(matcher->endpoint, request->endpoint)) &&
         (matcher->key == NULL || same(matcher->key, request->key)) &&
         (matcher->path == NULL ||
          text_ends_with(request->path, matcher->path));
}

int matcher_specificity(const struct matcher *matcher) {
  return (matcher->key != NULL ? 4 : 0) + (matcher->path != NULL ? 2 : 0) +
         (matcher->endpoint != NULL ? 1 : 0);
}
