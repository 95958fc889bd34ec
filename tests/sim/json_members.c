#include "json_members.h"

#include <math.h>
#include <string.h>

static const struct member *find(const struct member *table, size_t count,
                                 const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

static bool unknown(const char *name, const struct member *table, size_t count,
                    struct error *error) {
  char names[256] = "";
  for (size_t i = 0; i < count; i++) {
    strncat(names, i > 0 ? ", " : "", sizeof names - strlen(names) - 1);
    strncat(names, table[i].name, sizeof names - strlen(names) - 1);
  }
  return error_set(error, ".%s: unknown member, these are known: %s", name,
                   names);
}

static bool all_there(yajl_val object, const struct member *table, size_t count,
                      struct error *error) {
  for (size_t i = 0; i < count; i++) {
    const char *path[] = {table[i].name, NULL};
    if (table[i].needed && yajl_tree_get(object, path, yajl_t_any) == NULL)
      return error_set(error, ".%s: is needed", table[i].name);
  }
  return true;
}

bool members_read(yajl_val object, const struct member *table, size_t count,
                  void *into, struct error *error) {
  if (!YAJL_IS_OBJECT(object))
    return error_set(error, ": an object is needed");
  for (size_t i = 0; i < object->u.object.len; i++) {
    const char *name = object->u.object.keys[i];
    const struct member *member = find(table, count, name);
    if (member == NULL)
      return unknown(name, table, count, error);
    if (!member->read(object->u.object.values[i], (char *)into + member->offset,
                      error))
      return error_prepend(error, ".%s", name);
  }
  return all_there(object, table, count, error);
}

bool member_text(yajl_val value, void *at, struct error *error) {
  if (!YAJL_IS_STRING(value))
    return error_set(error, ": a text is needed");
  *(const char **)at = YAJL_GET_STRING(value);
  return true;
}

bool member_pattern(yajl_val value, void *at, struct error *error) {
  if (!member_text(value, at, error))
    return false;
  if (strcmp(*(const char **)at, "*") == 0)
    *(const char **)at = NULL;
  return true;
}

bool member_flag(yajl_val value, void *at, struct error *error) {
  if (!YAJL_IS_TRUE(value) && !YAJL_IS_FALSE(value))
    return error_set(error, ": true or false is needed");
  *(bool *)at = YAJL_IS_TRUE(value);
  return true;
}

bool member_real(yajl_val value, void *at, struct error *error) {
  if (!YAJL_IS_NUMBER(value) || !isfinite(YAJL_GET_DOUBLE(value)) ||
      fabs(YAJL_GET_DOUBLE(value)) > 1e9)
    return error_set(error, ": a number is needed");
  *(double *)at = YAJL_GET_DOUBLE(value);
  return true;
}

bool member_time(yajl_val value, void *at, struct error *error) {
  return (member_real(value, at, error) && *(double *)at >= 0) ||
         error_set(error, ": a number that is not negative is needed");
}

bool member_end(yajl_val value, void *at, struct error *error) {
  *(double *)at = INFINITY;
  return YAJL_IS_NULL(value) || member_time(value, at, error);
}

bool member_length(yajl_val value, void *at, struct error *error) {
  return (member_real(value, at, error) && *(double *)at > 0) ||
         error_set(error, ": a number above 0 is needed");
}

bool member_count(yajl_val value, void *at, struct error *error) {
  return (member_time(value, at, error) &&
          floor(*(double *)at) == *(double *)at) ||
         error_set(error, ": a whole number that is not negative is needed");
}
