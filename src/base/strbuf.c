#include "base/strbuf.h"

#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct strbuf strbuf_wrap(char *text, size_t size) {
  assert(size > 0);
  text[0] = '\0';
  return (struct strbuf){.text = text, .size = size};
}

/* Removes what is left of a character that was cut off. */
static void trim_partial_character(char *text, size_t length) {
  while (!text_is_utf8(text, length))
    text[--length] = '\0';
}

void strbuf_addf(struct strbuf *buf, const char *format, ...) {
  char *start = buf->text + buf->length;
  size_t available = buf->size - buf->length;
  va_list args;
  va_start(args, format);
  int needed = vsnprintf(start, available, format, args);
  va_end(args);
  if (needed < 0 || (size_t)needed >= available) {
    buf->truncated = true;
    trim_partial_character(start, strlen(start));
  }
  text_sanitize(start, available, start, strlen(start), NULL);
  buf->length += strlen(start);
}
