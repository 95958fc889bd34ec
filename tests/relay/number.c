#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool number_read(const char *text, double least, double most, double *number) {
  char *end;
  /* No spaces, no hexadecimal, no words such as "inf". */
  if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
    return false;
  double value = strtod(text, &end);
  if (*end != '\0' || !isfinite(value) || value < least || value > most)
    return false;
  *number = value;
  return true;
}

bool number_read_whole(const char *text, unsigned most, unsigned *number) {
  double value;
  if (strspn(text, "0123456789") != strlen(text) ||
      !number_read(text, 0, most, &value))
    return false;
  *number = (unsigned)value;
  return true;
}
