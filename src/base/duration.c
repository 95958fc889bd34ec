#include "base/duration.h"

#include "base/json_value.h"
#include "base/text.h"

#include <string.h>

/* From the longest to the shortest, the order in which they must appear. */
static const struct unit {
  const char *name;
  double seconds;
} units[] = {{"d", 86400}, {"h", 3600},  {"m", 60},   {"s", 1},
             {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};

enum { UNITS = sizeof units / sizeof *units };

static size_t count_in(const char *text, size_t length, const char *set) {
  size_t n = 0;
  while (n < length && text[n] != '\0' && strchr(set, text[n]) != NULL)
    n++;
  return n;
}

static bool find_unit(const char *name, size_t length, unsigned *unit) {
  for (unsigned i = *unit; i < UNITS; i++)
    if (text_equals(name, length, units[i].name)) {
      *unit = i;
      return true;
    }
  return false;
}

static bool parse_parts(const char *text, size_t length, double *seconds) {
  unsigned unit = 0;
  double sum = 0;
  while (length > 0) {
    size_t digits = count_in(text, length, "0123456789.");
    size_t name = count_in(text + digits, length - digits, "dhmsun");
    double number;
    if (!json_parse_number(text, digits, &number) ||
        !find_unit(text + digits, name, &unit))
      return false;
    sum += number * units[unit++].seconds;
    text += digits + name;
    length -= digits + name;
  }
  *seconds = sum;
  return true;
}

bool duration_parse(const char *text, size_t length, double *seconds) {
  double value;
  if (length == 0 || (!json_parse_number(text, length, &value) &&
                      !parse_parts(text, length, &value)))
    return false;
  if (!(value >= 0 && value <= DURATION_MAX))
    return false;
  *seconds = value;
  return true;
}
