#include "headers.h"

#include <string.h>
#include <strings.h>

void headers_open(struct headers *headers, const struct secrets *secrets) {
  *headers = (struct headers){.secrets = secrets};
}

/* Whether the header has this name; then where its value lies. */
static bool has_name(const char *line, size_t length, const char *name,
                     const char **value, size_t *value_length) {
  size_t size = strlen(name);
  if (length <= size || line[size] != ':' || strncasecmp(line, name, size) != 0)
    return false;
  const char *begin = line + size + 1;
  const char *end = line + length;
  while (begin < end && (*begin == ' ' || *begin == '\t'))
    begin++;
  while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' ||
                         end[-1] == '\n'))
    end--;
  *value = begin;
  *value_length = (size_t)(end - begin);
  return true;
}

static bool is_plain_coding(const char *value, size_t length) {
  static const char *const plain[] = {"", "identity", "chunked"};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
    if (strlen(plain[i]) == length && strncasecmp(plain[i], value, length) == 0)
      return true;
  return false;
}

static void take_header(struct headers *headers, const char *line,
                        size_t length) {
  const char *value;
  size_t size;
  if (has_name(line, length, "x-request-id", &value, &size))
    text_printable(headers->request_id, sizeof headers->request_id, value, size,
                   headers->secrets);
  else if (has_name(line, length, "content-encoding", &value, &size) ||
           has_name(line, length, "transfer-encoding", &value, &size))
    headers->encoded = headers->encoded || !is_plain_coding(value, size);
}

bool headers_take(struct headers *headers, const char *line, size_t length) {
  if (length > HEADERS_MAX - headers->received) {
    headers->too_large = true;
    return false;
  }
  headers->received += length;
  headers->ended = length <= 2;
  if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
    headers->encoded = false;
  else
    take_header(headers, line, length);
  return true;
}
