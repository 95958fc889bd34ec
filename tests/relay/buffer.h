/* Bytes that grow. Running out of memory ends the program with a line: a
 * stand-in has nothing better to do. */
#ifndef RELAY_BUFFER_H
#define RELAY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
  char *data; /* no NUL at its end, except after buffer_text() */
  size_t size;
  size_t capacity;
};

void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_repeated(struct buffer *buffer, const char *unit, size_t count);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* Adds a JSON string, quotes included; what is not UTF-8 is not shown. */
void buffer_add_json(struct buffer *buffer, const char *text, size_t size);

/* The content as a C string, for as long as nothing is added. */
const char *buffer_text(struct buffer *buffer);

/* Gives the content away, to be freed by whoever takes it. */
char *buffer_take(struct buffer *buffer);

void buffer_close(struct buffer *buffer);

/* Zeroed memory, never NULL. */
void *relay_allocate(size_t size);

/* Never NULL. */
void *relay_reallocate(void *memory, size_t size);

/* To be freed; NULL of NULL. */
char *text_copy(const char *text);

bool text_ends_with(const char *text, const char *end);

#endif
