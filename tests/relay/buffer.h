/* A growable byte buffer. Out of memory, the program prints a line and exits: a
 * test server can do nothing better. */
#ifndef RELAY_BUFFER_H
#define RELAY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
  char *data; /* NUL-terminated only after buffer_text() */
  size_t size;
  size_t capacity;
};

void buffer_add(struct buffer *buffer, const void *data, size_t size);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_repeated(struct buffer *buffer, const char *unit, size_t count);
void buffer_add_format(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* Appends a JSON string with its quotes; text that is not UTF-8 is replaced by
 * a placeholder. */
void buffer_add_json(struct buffer *buffer, const char *text, size_t size);

void buffer_add_base64(struct buffer *buffer, const void *data, size_t size);

/* The content as a C string, valid until the next append. */
const char *buffer_text(struct buffer *buffer);

/* Returns the content, to be freed by the caller. The buffer is empty then. */
char *buffer_detach(struct buffer *buffer);

void buffer_close(struct buffer *buffer);

/* Zeroed memory, never NULL. */
void *xcalloc(size_t size);

/* Never NULL. */
void *xrealloc(void *memory, size_t size);

/* The caller frees it. xstrdup(NULL) is NULL. */
char *xstrdup(const char *text);

bool text_ends_with(const char *text, const char *end);

#endif
