#include "buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_gen.h>

_Noreturn static void out_of_memory(void) {
  fputs("holysheep-relay: out of memory\n", stderr);
  exit(EXIT_FAILURE);
}

void *xcalloc(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL)
    out_of_memory();
  return memory;
}

void *xrealloc(void *memory, size_t size) {
  memory = realloc(memory, size);
  if (memory == NULL)
    out_of_memory();
  return memory;
}

char *xstrdup(const char *text) {
  if (text == NULL)
    return NULL;
  size_t size = strlen(text) + 1;
  return memcpy(xcalloc(size), text, size);
}

bool text_ends_with(const char *text, const char *end) {
  size_t length = strlen(text);
  size_t size = strlen(end);
  return length >= size && strcmp(text + length - size, end) == 0;
}

static void buffer_reserve(struct buffer *buffer, size_t more) {
  if (more > SIZE_MAX / 2 - buffer->size)
    out_of_memory();
  size_t wanted = buffer->size + more;
  if (wanted <= buffer->capacity)
    return;
  size_t capacity =
      buffer->capacity * 2 > wanted ? buffer->capacity * 2 : wanted;
  buffer->data = xrealloc(buffer->data, capacity);
  buffer->capacity = capacity;
}

void buffer_add(struct buffer *buffer, const void *data, size_t size) {
  if (size == 0)
    return;
  buffer_reserve(buffer, size);
  memcpy(buffer->data + buffer->size, data, size);
  buffer->size += size;
}

void buffer_add_text(struct buffer *buffer, const char *text) {
  buffer_add(buffer, text, strlen(text));
}

void buffer_add_repeated(struct buffer *buffer, const char *unit,
                         size_t count) {
  size_t size = strlen(unit);
  buffer_reserve(buffer, count * size);
  for (size_t i = 0; i < count; i++)
    buffer_add(buffer, unit, size);
}

void buffer_add_format(struct buffer *buffer, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(NULL, 0, format, arguments);
  va_end(arguments);
  if (length < 0)
    return;
  buffer_reserve(buffer, (size_t)length + 1);
  va_start(arguments, format);
  vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, arguments);
  va_end(arguments);
  buffer->size += (size_t)length;
}

static void print_to_buffer(void *context, const char *text, size_t size) {
  buffer_add(context, text, size);
}

void buffer_add_json(struct buffer *buffer, const char *text, size_t size) {
  yajl_gen json = yajl_gen_alloc(NULL);
  if (json == NULL)
    out_of_memory();
  yajl_gen_config(json, yajl_gen_validate_utf8, 1);
  yajl_gen_config(json, yajl_gen_print_callback, print_to_buffer, buffer);
  if (yajl_gen_string(json, (const unsigned char *)text, size) !=
      yajl_gen_status_ok)
    buffer_add_text(buffer, "\"(not UTF-8)\"");
  yajl_gen_free(json);
}

void buffer_add_base64(struct buffer *buffer, const void *data, size_t size) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
      "wxyz0123456789+/";
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i += 3) {
    size_t count = size - i < 3 ? size - i : 3;
    char quartet[] = "====";
    unsigned bits = 0;
    for (size_t j = 0; j < 3; j++)
      bits = bits << 8 | (j < count ? bytes[i + j] : 0u);
    for (size_t j = 0; j <= count; j++)
      quartet[j] = digits[bits >> (18 - 6 * j) & 63];
    buffer_add(buffer, quartet, 4);
  }
}

const char *buffer_text(struct buffer *buffer) {
  buffer_reserve(buffer, 1);
  buffer->data[buffer->size] = '\0';
  return buffer->data;
}

char *buffer_detach(struct buffer *buffer) {
  char *data = buffer->data;
  *buffer = (struct buffer){0};
  return data;
}

void buffer_close(struct buffer *buffer) { free(buffer_detach(buffer)); }
