#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A name in the configuration may hold a line end, and the buffer's end may
 * cut a character; the error has to be one line that can be shown. */
static void make_printable(struct error *error) {
  text_printable(error->text, sizeof error->text, error->text,
                 strlen(error->text), NULL);
}

bool error_set(struct error *error, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  make_printable(error);
  return false;
}

bool error_within(struct error *error, const char *format, ...) {
  struct error inner = *error;
  va_list args;
  va_start(args, format);
  int length = vsnprintf(error->text, sizeof error->text, format, args);
  va_end(args);
  if (length >= 0 && (size_t)length < sizeof error->text)
    snprintf(error->text + length, sizeof error->text - (size_t)length, "%s",
             inner.text);
  make_printable(error);
  return false;
}
