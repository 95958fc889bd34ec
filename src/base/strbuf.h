/* A line of UTF-8 that is written piece by piece, and cut where it is full. A
 * name in it may hold anything: it is shown fit for a line. */
#ifndef HOLYSHEEP_STRBUF_H
#define HOLYSHEEP_STRBUF_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf {
  char *text;
  size_t size, length;
  bool truncated; /* something did not fit */
};

/* An empty line in a buffer of `size` bytes. */
struct strbuf strbuf_in(char *text, size_t size);

__attribute__((format(printf, 2, 3))) void strbuf_add(struct strbuf *line,
                                                      const char *format, ...);

#endif
