#include "base/strbuf.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct strbuf strbuf_in(char *text, size_t size) {
  text[0] = '\0';
  return (struct strbuf){.text = text, .size = size};
}

/* What was cut within a character ends before it. */
static void end_whole(char *text, size_t length) {
  while (!text_is_utf8(text, length))
    text[--length] = '\0';
}

void strbuf_add(struct strbuf *line, const char *format, ...) {
  char *piece = line->text + line->length;
  size_t room = line->size - line->length;
  va_list args;
  va_start(args, format);
  int wanted = vsnprintf(piece, room, format, args);
  va_end(args);
  if (wanted < 0 || (size_t)wanted >= room) {
    line->truncated = true;
    end_whole(piece, strlen(piece));
  }
  text_printable(piece, room, piece, strlen(piece), NULL);
  line->length += strlen(piece);
}
