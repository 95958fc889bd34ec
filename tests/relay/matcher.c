#include "matcher.h"

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

struct scope scope_copy(const struct scope *scope) {
  return (struct scope){text_copy(scope->endpoint), text_copy(scope->key),
                        text_copy(scope->path)};
}

void scope_close(struct scope *scope) {
  free((char *)scope->endpoint);
  free((char *)scope->key);
  free((char *)scope->path);
}

static bool same(const char *one, const char *other) {
  if (one == NULL || other == NULL)
    return one == other;
  return strcmp(one, other) == 0;
}

bool scope_is(const struct scope *scope, const struct scope *other) {
  return same(scope->endpoint, other->endpoint) &&
         same(scope->key, other->key) && same(scope->path, other->path);
}

bool scope_is_everything(const struct scope *scope) {
  return scope_is(scope, &(struct scope){NULL, NULL, NULL});
}

bool scope_has(const struct scope *scope, const struct scope *request) {
  return (scope->endpoint == NULL ||
          same(scope->endpoint, request->endpoint)) &&
         (scope->key == NULL || same(scope->key, request->key)) &&
         (scope->path == NULL || text_ends_with(request->path, scope->path));
}

int scope_weight(const struct scope *scope) {
  return (scope->key != NULL ? 4 : 0) + (scope->path != NULL ? 2 : 0) +
         (scope->endpoint != NULL ? 1 : 0);
}
