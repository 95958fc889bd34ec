#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A name in the configuration may hold a line end, the error may not. */
static void make_one_line(struct error *error) {
  for (char *p = error->text; *p != '\0'; p++)
    if ((unsigned char)*p < ' ' || *p == 0x7F)
      *p = ' ';
}

bool error_set(struct error *error, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  make_one_line(error);
  return false;
}

bool error_within(struct error *error, const char *format, ...) {
  struct error inner = *error;
  va_list args;
  va_start(args, format);
  int length = vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  make_one_line(error);
  if (length < 0 || (size_t)length >= sizeof error->text)
    return false;
  size_t room = sizeof error->text - (size_t)length;
  size_t wanted = strlen(inner.text);
  size_t fits = wanted < room ? wanted : room - 1;
  memcpy(error->text + length, inner.text, fits);
  error->text[(size_t)length + fits] = '\0';
  return false;
}
