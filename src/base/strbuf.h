/* A line of UTF-8 that is written piece by piece, and cut where it is full. A
 * name in it may hold anything: it is shown fit for a line. */
#ifndef HOLYSHEEP_LINE_H
#define HOLYSHEEP_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct line {
  char *text;
  size_t size, length;
  bool cut; /* something did not fit */
};

/* An empty line in a buffer of `size` bytes. */
struct line line_in(char *text, size_t size);

__attribute__((format(printf, 2, 3))) void line_add(struct line *line,
                                                    const char *format, ...);

#endif
