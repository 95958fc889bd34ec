#include "probe/sse.h"

#include "base/text.h"

#include <string.h>

static const unsigned char byte_order_mark[] = {0xEF, 0xBB, 0xBF};

void sse_open(struct sse *sse, const struct sse_sink *sink, void *user) {
  *sse = (struct sse){.sink = sink, .user = user};
}

/* Appends as much as fits, which is enough to recognize a short word. */
static void append(char *word, size_t size, size_t *length, const char *data,
                   size_t more) {
  for (size_t i = 0; i < more && *length < size; i++)
    word[(*length)++] = data[i];
}

static bool is_field(const struct sse *sse, const char *name) {
  return text_equals(sse->name, sse->name_length, name);
}

static void end_event(struct sse *sse) {
  if (sse->has_data)
    sse->sink->end(sse->user,
                   text_equals(sse->type, sse->type_length, "error"));
  sse->has_data = false;
  sse->type_length = 0;
}

static bool is_data(const struct sse *sse) {
  return is_field(sse, "data") || is_field(sse, "error");
}

/* The field's name is complete. */
static void begin_value(struct sse *sse) {
  if (is_data(sse)) {
    if (sse->has_data)
      sse->sink->data(sse->user, "\n", 1);
    sse->has_data = true;
  }
  if (is_field(sse, "event"))
    sse->type_length = 0;
  if (is_field(sse, "error")) {
    sse->type_length = 0;
    append(sse->type, sizeof sse->type, &sse->type_length, sse->name,
           sse->name_length);
  }
}

static void end_line(struct sse *sse) {
  if (sse->state != SSE_IN_NAME && sse->name_length == 0)
    sse->sink->comment(sse->user, sse->comment, sse->comment_length);
  sse->comment_length = 0;
  if (sse->state == SSE_IN_NAME && sse->name_length == 0)
    end_event(sse);
  else if (sse->state == SSE_IN_NAME)
    begin_value(sse); /* a name without a colon has an empty value */
  sse->state = SSE_IN_NAME;
  sse->name_length = 0;
}

static void on_value(struct sse *sse, const char *data, size_t length) {
  if (length > 0 && is_data(sse))
    sse->sink->data(sse->user, data, length);
  else if (is_field(sse, "event"))
    append(sse->type, sizeof sse->type, &sse->type_length, data, length);
  else if (sse->name_length == 0)
    append(sse->comment, sizeof sse->comment, &sse->comment_length, data,
           length);
}

/* A piece of a line, without the line break. */
static void on_line(struct sse *sse, const char *data, size_t length) {
  if (sse->state == SSE_IN_NAME) {
    const char *colon = memchr(data, ':', length);
    size_t name = colon != NULL ? (size_t)(colon - data) : length;
    append(sse->name, sizeof sse->name, &sse->name_length, data, name);
    if (colon == NULL)
      return;
    data += name + 1;
    length -= name + 1;
    sse->state = SSE_AFTER_COLON;
    begin_value(sse);
  }
  if (sse->state == SSE_AFTER_COLON && length > 0) {
    if (*data == ' ') {
      data++;
      length--;
    }
    sse->state = SSE_IN_VALUE;
  }
  on_value(sse, data, length);
}

static size_t skip_byte_order_mark(struct sse *sse, const char *data,
                                   size_t length) {
  size_t n = 0;
  while (n < length && sse->bom < sizeof byte_order_mark &&
         (unsigned char)data[n] == byte_order_mark[sse->bom]) {
    sse->bom++;
    n++;
  }
  if (n < length)
    sse->bom = sizeof byte_order_mark;
  return n;
}

void sse_feed(struct sse *sse, const char *data, size_t length) {
  size_t at = skip_byte_order_mark(sse, data, length);
  while (at < length) {
    if (sse->after_cr && data[at] == '\n') {
      sse->after_cr = false;
      at++;
      continue;
    }
    sse->after_cr = false;
    size_t n = 0;
    while (at + n < length && data[at + n] != '\r' && data[at + n] != '\n')
      n++;
    if (n > 0)
      on_line(sse, data + at, n);
    at += n;
    if (at == length)
      break;
    sse->after_cr = data[at] == '\r';
    end_line(sse);
    at++;
  }
}

void sse_close(struct sse *sse) {
  if (sse->state != SSE_IN_NAME || sse->name_length > 0)
    end_line(sse);
  end_event(sse);
}
