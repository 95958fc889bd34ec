#include "base/error.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A name from the configuration may contain a line break, and truncation may
 * split a character; the message must be one printable line. */
static void make_printable(struct error *error) {
  text_sanitize(error->text, sizeof error->text, error->text,
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

bool error_prepend(struct error *error, const char *format, ...) {
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
