/* Text that is built piece by piece in a fixed buffer: one line of valid
 * UTF-8, cut off where the buffer is full. Whatever a piece contains, the
 * result is printable (see text_sanitize()). */
#ifndef HOLYSHEEP_STRBUF_H
#define HOLYSHEEP_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
  char *text;
  size_t size, length;
  bool truncated; /* something did not fit */
};

/* An empty string in the caller's buffer of `size` bytes. */
struct strbuf strbuf_wrap(char *text, size_t size);

/* Appends formatted text, or as much of it as fits. */
__attribute__((format(printf, 2, 3))) void strbuf_addf(struct strbuf *buf,
                                                       const char *format, ...);

#endif
