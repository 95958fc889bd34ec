/* A value in a JSON document. */
#ifndef HOLYSHEEP_JSON_VALUE_H
#define HOLYSHEEP_JSON_VALUE_H

#include <stdbool.h>
#include <stddef.h>

enum json_type {
  JSON_NULL,
  JSON_BOOLEAN,
  JSON_NUMBER,
  JSON_STRING,
  JSON_OBJECT, /* reported when it begins */
  JSON_ARRAY,  /* reported when it begins */
};

/* A matching value. `text` is a string's content (UTF-8, unescaped), or a
 * number or boolean as it was written; it is not terminated, and only valid
 * during the callback. */
struct json_value {
  enum json_type type;
  const char *text;
  size_t length;
};

/* Whether it is that string, or one that begins or ends with it. */
bool json_value_is(const struct json_value *value, const char *word);
bool json_value_begins_with(const struct json_value *value, const char *prefix);
bool json_value_ends_with(const struct json_value *value, const char *suffix);

/* Parses a finite number in JSON's syntax; the whole text must be one. */
bool json_parse_number(const char *text, size_t length, double *number);

#endif
