#include "base/duration.h"

#include "base/json.h"

#include <string.h>

/* From the longest to the shortest: so they have to follow each other. */
static const struct unit {
  const char *name;
  double seconds;
} units[] = {{"d", 86400}, {"h", 3600},  {"m", 60},   {"s", 1},
             {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};

enum { UNITS = sizeof units / sizeof *units };

static size_t span(const char *text, size_t length, const char *of) {
  size_t n = 0;
  while (n < length && text[n] != '\0' && strchr(of, text[n]) != NULL)
    n++;
  return n;
}

static bool find_unit(const char *name, size_t length, unsigned *unit) {
  for (unsigned i = *unit; i < UNITS; i++)
    if (strlen(units[i].name) == length &&
        memcmp(units[i].name, name, length) == 0) {
      *unit = i;
      return true;
    }
  return false;
}

static bool read_parts(const char *text, size_t length, double *seconds) {
  unsigned unit = 0;
  double sum = 0;
  while (length > 0) {
    size_t digits = span(text, length, "0123456789.");
    size_t name = span(text + digits, length - digits, "dhmsun");
    double number;
    if (!json_number(text, digits, &number) ||
        !find_unit(text + digits, name, &unit))
      return false;
    sum += number * units[unit++].seconds;
    text += digits + name;
    length -= digits + name;
  }
  *seconds = sum;
  return true;
}

bool duration_read(const char *text, size_t length, double *seconds) {
  double value;
  if (length == 0 ||
      (!json_number(text, length, &value) && !read_parts(text, length, &value)))
    return false;
  if (!(value >= 0 && value <= DURATION_MAX))
    return false;
  *seconds = value;
  return true;
}
