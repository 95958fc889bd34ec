/* Selects requests by endpoint, key and path. NULL matches anything. */
#ifndef RELAY_MATCHER_H
#define RELAY_MATCHER_H

#include <stdbool.h>

struct matcher {
  const char *endpoint;
  const char *key;
  const char *path; /* a suffix of the request's path */
};

/* What a matcher looks at in a request. */
struct request_attributes {
  const char *endpoint;
  const char *key;
  const char *path;
};

/* A deep copy, to be freed by matcher_close(). */
struct matcher matcher_copy(const struct matcher *matcher);
void matcher_close(struct matcher *matcher);

bool matcher_equals(const struct matcher *matcher, const struct matcher *other);
bool matcher_is_wildcard(const struct matcher *matcher);

bool matcher_matches(const struct matcher *matcher,
                     const struct request_attributes *request);

/* If several matchers match a request, the most specific one wins. */
int matcher_specificity(const struct matcher *matcher);

#endif
