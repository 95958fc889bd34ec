#include "headers.h"

#include "duration.h"
#include "json.h"

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

/* Leaves the place as it is when the value is none. */
static void take_number(const char *value, size_t length, bool *there,
                        double *place) {
  double number;
  if (!json_number(value, length, &number) || number < 0 || number > 1e15)
    return;
  *there = true;
  *place = number;
}

static void take_reset(const char *value, size_t length,
                       struct ratelimit *ratelimit) {
  double seconds;
  if (!duration_read(value, length, &seconds))
    return;
  ratelimit->has_reset = true;
  ratelimit->reset = seconds;
}

/* Whether it was one of these headers. */
static bool take_ratelimit(struct headers *headers, const char *line,
                           size_t length) {
  const char *value;
  size_t size;
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    struct ratelimit *mine = &headers->ratelimit[i];
    static const char *const names[RATELIMIT_RESOURCES][3] = {
        {"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
         "x-ratelimit-reset-requests"},
        {"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
         "x-ratelimit-reset-tokens"}};
    if (has_name(line, length, names[i][0], &value, &size))
      take_number(value, size, &mine->has_limit, &mine->limit);
    else if (has_name(line, length, names[i][1], &value, &size))
      take_number(value, size, &mine->has_remaining, &mine->remaining);
    else if (has_name(line, length, names[i][2], &value, &size))
      take_reset(value, size, mine);
    else
      continue;
    return true;
  }
  return false;
}

/* Each has to be searched for secrets. There is one in an answer, and perhaps
 * in those of a proxy and of a 1xx before it. */
enum { REQUEST_IDS_MAX = 8 };

static void take_header(struct headers *headers, const char *line,
                        size_t length) {
  const char *value;
  size_t size;
  if (take_ratelimit(headers, line, length))
    return;
  if (has_name(line, length, "x-request-id", &value, &size)) {
    if (headers->request_ids++ < REQUEST_IDS_MAX)
      text_printable(headers->request_id, sizeof headers->request_id, value,
                     size, headers->secrets);
  } else if (has_name(line, length, "content-encoding", &value, &size) ||
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
