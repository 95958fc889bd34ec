/* Whom something is for: of each, NULL is every one. */
#ifndef RELAY_MATCHER_H
#define RELAY_MATCHER_H

#include <stdbool.h>

struct scope {
  const char *endpoint;
  const char *key;
  const char *path; /* what the request's path ends with */
};

/* A scope with texts of its own, until scope_close(). */
struct scope scope_copy(const struct scope *scope);
void scope_close(struct scope *scope);

bool scope_is(const struct scope *scope, const struct scope *other);
bool scope_is_everything(const struct scope *scope);

/* Whether a request with all three, or some of them, is in it. */
bool scope_has(const struct scope *scope, const struct scope *request);

/* Where several have a request, the heaviest counts. */
int scope_weight(const struct scope *scope);

#endif
