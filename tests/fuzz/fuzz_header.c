/* The headers of a response, possibly after those of a 100 Continue. */
#include "base/duration.h"
#include "fuzz.h"
#include "probe/headers.h"

#include <ctype.h>
#include <float.h>
#include <string.h>
#include <strings.h>

const char *const fuzz_name = "header";

enum { LINE_ROOM = 16 * 1024 };

static const double now = 1764300000;

/* A change to a header line that must not change its meaning. */
typedef size_t variation(char *line, size_t length);

static size_t unchanged(char *line, size_t length) {
  (void)line;
  return length;
}

/* Header names are case-insensitive; status lines are not. */
static size_t uppercase_name(char *line, size_t length) {
  const char *colon = memchr(line, ':', length);
  size_t name = colon != NULL ? (size_t)(colon - line) : 0;
  if (name >= 5 && strncasecmp(line, "http/", 5) == 0)
    return length;
  for (size_t i = 0; i < name; i++)
    line[i] = (char)toupper((unsigned char)line[i]);
  return length;
}

/* A line may end with LF alone, except for the final empty line. */
static size_t drop_cr(char *line, size_t length) {
  if (length > 3 && memcmp(line + length - 2, "\r\n", 2) == 0)
    line[--length - 1] = '\n';
  return length;
}

/* The line is at the end of its buffer: a read beyond it is detected. */
static bool feed_line(struct headers *headers, const uint8_t *data, size_t size,
                      variation *vary) {
  static char room[LINE_ROOM], line[LINE_ROOM];
  memcpy(line, data, size);
  size = vary(line, size);
  return headers_feed(headers, memcpy(room + sizeof room - size, line, size),
                      size, now);
}

static size_t line_length(const uint8_t *data, size_t size) {
  const uint8_t *end = memchr(data, '\n', size);
  size_t length = end != NULL ? (size_t)(end + 1 - data) : size;
  return length < LINE_ROOM ? length : LINE_ROOM;
}

static void read_headers(struct headers *headers, const uint8_t *data,
                         size_t size, variation *vary) {
  headers_open(headers, &fuzz_secrets);
  for (size_t at = 0, length; at < size; at += length) {
    length = line_length(data + at, size - at);
    if (!feed_line(headers, data + at, length, vary))
      break;
    fuzz_check_text(headers->request_id);
  }
  FUZZ_CHECK(headers->received <= HEADERS_MAX);
  FUZZ_CHECK(headers->received <= size);
}

static void check_number(bool there, double number, double max) {
  FUZZ_CHECK(!there || (number >= 0 && number <= max)); /* false for NaN too */
}

static void check_limits(const struct headers *headers) {
  check_number(true, headers->retry_after, DURATION_MAX);
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    const struct ratelimit *limit = &headers->ratelimit[i];
    check_number(limit->has_limit, limit->limit, DBL_MAX);
    check_number(limit->has_remaining, limit->remaining, DBL_MAX);
    check_number(limit->has_reset, limit->reset - now, DURATION_MAX);
  }
}

static bool same(double a, double b) { return a <= b && a >= b; }

static void check_same(const uint8_t *data, size_t size,
                       const struct headers *plain, variation *vary) {
  struct headers varied;
  read_headers(&varied, data, size, vary);
  FUZZ_CHECK(varied.too_large == plain->too_large);
  FUZZ_CHECK(varied.ended == plain->ended);
  FUZZ_CHECK(varied.encoded == plain->encoded);
  FUZZ_CHECK(varied.chunked == plain->chunked);
  FUZZ_CHECK(strcmp(varied.request_id, plain->request_id) == 0);
  FUZZ_CHECK(same(varied.retry_after, plain->retry_after));
  for (unsigned i = 0; i < RATELIMIT_RESOURCES; i++) {
    const struct ratelimit *limit = &varied.ratelimit[i];
    FUZZ_CHECK(limit->has_limit == plain->ratelimit[i].has_limit);
    FUZZ_CHECK(limit->has_reset == plain->ratelimit[i].has_reset);
    FUZZ_CHECK(same(limit->limit, plain->ratelimit[i].limit));
    FUZZ_CHECK(same(limit->reset, plain->ratelimit[i].reset));
  }
}

/* Close to the limit, exactly the bytes within it are accepted, and nothing
 * beyond it is parsed. */
static void check_bound(const uint8_t *data, size_t size) {
  struct fuzz_random random;
  struct headers headers;
  fuzz_random_begin(&random, data, size);
  headers_open(&headers, &fuzz_secrets);
  size_t room = fuzz_random_below(&random, size + 2);
  headers.received = HEADERS_MAX - room;
  for (size_t at = 0, length; at < size; at += length) {
    length = line_length(data + at, size - at);
    bool fits = at + length <= room;
    FUZZ_CHECK(feed_line(&headers, data + at, length, unchanged) == fits);
    FUZZ_CHECK(headers.too_large == !fits);
    if (!fits)
      break;
  }
}

/* A further response starts from scratch. */
static void check_restart(struct headers *headers) {
  static const uint8_t status[] = "HTTP/1.1 200 \r\n";
  if (headers->too_large ||
      !feed_line(headers, status, sizeof status - 1, unchanged))
    return;
  FUZZ_CHECK(!headers->encoded && !headers->ended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct headers headers;
  if (size > HEADERS_MAX)
    return 0;
  read_headers(&headers, data, size, unchanged);
  check_limits(&headers);
  check_same(data, size, &headers, uppercase_name);
  check_same(data, size, &headers, drop_cr);
  check_bound(data, size);
  check_restart(&headers);
  return 0;
}
