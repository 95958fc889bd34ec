#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, double min, double max, double *number) {
  char *end;
  /* strtod() would also accept spaces, hexadecimal numbers and "inf". */
  if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
    return false;
  double value = strtod(text, &end);
  if (*end != '\0' || !isfinite(value) || value < min || value > max)
    return false;
  *number = value;
  return true;
}

bool number_parse_unsigned(const char *text, unsigned max, unsigned *number) {
  double value;
  if (strspn(text, "0123456789") != strlen(text) ||
      !number_parse(text, 0, max, &value))
    return false;
  *number = (unsigned)value;
  return true;
}
