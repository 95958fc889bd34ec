#include "base/json_value.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool json_value_is(const struct json_value *value, const char *word) {
  return value->type == JSON_STRING &&
         text_equals(value->text, value->length, word);
}

bool json_value_begins_with(const struct json_value *value,
                            const char *prefix) {
  return value->type == JSON_STRING &&
         text_begins_with(value->text, value->length, prefix);
}

bool json_value_ends_with(const struct json_value *value, const char *suffix) {
  return value->type == JSON_STRING &&
         text_ends_with(value->text, value->length, suffix);
}

static const char *digits(const char *p, const char *end) {
  while (p < end && *p >= '0' && *p <= '9')
    p++;
  return p;
}

/* RFC 8259, section 6. strtod alone would also accept " 1", "0x1" and "inf". */
static bool is_json_number(const char *p, const char *end) {
  if (p < end && *p == '-')
    p++;
  const char *integer = p;
  p = digits(p, end);
  if (p == integer || (*integer == '0' && p - integer > 1))
    return false;
  if (p < end && *p == '.') {
    const char *fraction = ++p;
    if ((p = digits(p, end)) == fraction)
      return false;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    p++;
    if (p < end && (*p == '+' || *p == '-'))
      p++;
    const char *exponent = p;
    if ((p = digits(p, end)) == exponent)
      return false;
  }
  return p == end;
}

bool json_parse_number(const char *text, size_t length, double *number) {
  char copy[64];
  if (length == 0 || length >= sizeof copy ||
      !is_json_number(text, text + length))
    return false;
  memcpy(copy, text, length);
  copy[length] = '\0';
  double value = strtod(copy, NULL);
  if (!isfinite(value))
    return false;
  *number = value;
  return true;
}
