#include "extra_headers.h"

#include <stdlib.h>
#include <strings.h>

enum { MOST_EXTRAS = 10000 };

void extras_open(struct extras *extras) {
  TAILQ_INIT(&extras->all);
  extras->count = 0;
}

static void extra_free(struct extras *extras, struct extra *extra) {
  TAILQ_REMOVE(&extras->all, extra, entry);
  extras->count--;
  scope_close(&extra->scope);
  free(extra->name);
  free(extra->value);
  free(extra);
}

void extras_clear(struct extras *extras) {
  struct extra *extra;
  while ((extra = TAILQ_FIRST(&extras->all)) != NULL)
    extra_free(extras, extra);
}

static struct extra *extras_find(const struct extras *extras,
                                 const struct scope *scope, const char *name) {
  struct extra *extra;
  TAILQ_FOREACH(extra, &extras->all, entry) {
    if (scope_is(&extra->scope, scope) && strcasecmp(extra->name, name) == 0)
      return extra;
  }
  return NULL;
}

static void extras_add(struct extras *extras, struct extra *extra) {
  struct extra *lighter;
  TAILQ_FOREACH_REVERSE(lighter, &extras->all, extra_list, entry) {
    if (scope_weight(&lighter->scope) <= scope_weight(&extra->scope))
      break;
  }
  if (lighter != NULL)
    TAILQ_INSERT_AFTER(&extras->all, lighter, extra, entry);
  else
    TAILQ_INSERT_HEAD(&extras->all, extra, entry);
  extras->count++;
}

bool extras_set(struct extras *extras, const struct scope *scope,
                const char *name, const char *value) {
  struct extra *known = extras_find(extras, scope, name);
  if (known != NULL)
    extra_free(extras, known);
  if (extras->count == MOST_EXTRAS)
    return false;
  struct extra *extra = relay_allocate(sizeof(*extra));
  extra->scope = scope_copy(scope);
  extra->name = text_copy(name);
  extra->value = text_copy(value);
  extras_add(extras, extra);
  return true;
}

void extras_apply(const struct extras *extras, const struct scope *request,
                  struct answer *answer) {
  const struct extra *extra;
  TAILQ_FOREACH(extra, &extras->all, entry) {
    if (scope_has(&extra->scope, request))
      buffer_add_text(answer_header(answer, extra->name), extra->value);
  }
}
