#include "http/chunks.h"

#include <limits.h>

/* More would overflow a size; libcurl allows as many. */
enum { DIGITS_MAX = sizeof(size_t) * CHAR_BIT / 4 };

void chunks_open(struct chunks *chunks) {
  *chunks = (struct chunks){.state = CHUNKS_SIZE};
}

static int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

static enum chunks_state end_of_line(const struct chunks *chunks) {
  return chunks->left > 0 ? CHUNKS_DATA : CHUNKS_TRAILER;
}

static enum chunks_state on_size(struct chunks *chunks, char c) {
  int digit = hex_digit(c);
  if (digit >= 0 && chunks->digits++ < DIGITS_MAX) {
    chunks->left = chunks->left << 4 | (size_t)digit;
    return CHUNKS_SIZE;
  }
  if (digit >= 0 || chunks->digits == 0)
    return CHUNKS_BROKEN;
  return c == '\n' ? end_of_line(chunks) : CHUNKS_EXTENSION;
}

static enum chunks_state on_data_end(struct chunks *chunks, char c) {
  if (c == '\n')
    chunks->digits = 0;
  return c == '\n' ? CHUNKS_SIZE : c == '\r' ? CHUNKS_DATA_END : CHUNKS_BROKEN;
}

static enum chunks_state on_framing(struct chunks *chunks, char c) {
  if (chunks->framing++ == CHUNKS_FRAMING_MAX)
    return CHUNKS_TOO_LARGE;
  switch (chunks->state) {
  case CHUNKS_SIZE:
    return on_size(chunks, c);
  case CHUNKS_EXTENSION:
    return c == '\n' ? end_of_line(chunks) : CHUNKS_EXTENSION;
  case CHUNKS_DATA_END:
    return on_data_end(chunks, c);
  default:
    return chunks->state;
  }
}

bool chunks_next(struct chunks *chunks, const char **data, size_t *length,
                 const char **piece, size_t *size) {
  for (; *length > 0 && chunks->state != CHUNKS_DATA; (*data)++, (*length)--) {
    if (chunks->state == CHUNKS_BROKEN || chunks->state == CHUNKS_TOO_LARGE)
      return false;
    chunks->state = on_framing(chunks, **data);
  }
  if (*length == 0)
    return false;
  *piece = *data;
  *size = chunks->left < *length ? chunks->left : *length;
  *data += *size;
  *length -= *size;
  chunks->left -= *size;
  if (chunks->left == 0)
    chunks->state = CHUNKS_DATA_END;
  return true;
}
