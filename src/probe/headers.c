#include "probe/headers.h"

#include "base/date.h"
#include "base/duration.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

void headers_open(struct headers *headers, const struct secrets *secrets) {
  *headers = (struct headers){.secrets = secrets};
}

/* A header's value, without the white space around it. */
static const char *trim(const char *begin, const char *end, size_t *length) {
  while (begin < end && (*begin == ' ' || *begin == '\t'))
    begin++;
  while (end > begin && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' ||
                         end[-1] == '\n'))
    end--;
  *length = (size_t)(end - begin);
  return begin;
}

/* Whether the header has this name; then where its value lies. */
static bool has_name(const char *line, size_t length, const char *name,
                     const char **value, size_t *value_length) {
  size_t size = strlen(name);
  if (length <= size || line[size] != ':' || strncasecmp(line, name, size) != 0)
    return false;
  *value = trim(line + size + 1, line + length, value_length);
  return true;
}

static bool is_coding(const char *value, size_t length, const char *name) {
  return strlen(name) == length && strncasecmp(name, value, length) == 0;
}

static size_t skip_separators(const char *value, size_t length) {
  size_t n = 0;
  while (n < length && (value[n] == ' ' || value[n] == '\t' || value[n] == ','))
    n++;
  return n;
}

/* A list of codings, as libcurl reads it. */
static void take_codings(struct headers *headers, const char *value,
                         size_t length, bool of_transfer) {
  size_t size;
  for (size_t at = skip_separators(value, length); at < length;
       at += size + skip_separators(value + at + size, length - at - size)) {
    const char *end = memchr(value + at, ',', length - at);
    size = end != NULL ? (size_t)(end - value) - at : length - at;
    size_t name = size;
    while (name > 0 && (unsigned char)value[at + name - 1] <= ' ')
      name--;
    if (is_coding(value + at, name, "chunked"))
      headers->chunked = headers->chunked || of_transfer;
    else if (!is_coding(value + at, name, "identity"))
      headers->encoded = true;
  }
}

/* --- when something is to be --------------------------------------------- */

/* Seconds and milliseconds since 1970, where they cannot be a duration. */
static bool read_epoch(const char *value, size_t length, double *at) {
  double number;
  if (!json_parse_number(value, length, &number))
    return false;
  if (number >= 1e12 && number < 1e14)
    number /= 1000;
  *at = number;
  return number >= 1e9 && number < 1e11;
}

/* A duration, or a moment: relays write either. What is past already, or
 * further away than any limit could be, was not meant so. */
static bool read_moment(const char *value, size_t length, double now,
                        double *at) {
  double seconds;
  if (duration_parse(value, length, &seconds)) {
    *at = now + seconds;
    return true;
  }
  return (read_epoch(value, length, at) ||
          date_parse(value, length, false, at)) &&
         *at >= now && *at <= now + DURATION_MAX;
}

/* OpenAI's clients look for the milliseconds first. */
static void take_retry_after(struct headers *headers, const char *value,
                             size_t length, bool in_ms, double now) {
  double at, ms;
  if (headers->retry_in_ms && !in_ms)
    return;
  if (!in_ms && read_moment(value, length, now, &at))
    headers->retry_after = at - now;
  if (!in_ms || !json_parse_number(value, length, &ms) || ms <= 0 ||
      ms > DURATION_MAX * 1000.0)
    return;
  headers->retry_after = ms / 1000;
  headers->retry_in_ms = true;
}

/* --- rate limits --------------------------------------------------------- */

/* What comes before and after `limit`, `remaining` or `reset`, from the most
 * telling to the least: without a resource it is requests by convention. The
 * last are of an IETF draft. */
static const struct ratelimit_name {
  const char *before, *after;
  unsigned resource;
} ratelimit_names[] = {
    {"x-ratelimit-", "-requests", RATELIMIT_REQUESTS},
    {"x-ratelimit-", "-tokens", RATELIMIT_TOKENS},
    {"anthropic-ratelimit-requests-", "", RATELIMIT_REQUESTS},
    {"anthropic-ratelimit-tokens-", "", RATELIMIT_TOKENS},
    {"x-ratelimit-", "", RATELIMIT_REQUESTS},
    {"ratelimit-", "", RATELIMIT_REQUESTS},
};

enum { RATELIMIT_NAMES = sizeof ratelimit_names / sizeof *ratelimit_names };

static bool skip(const char **text, const char *end, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(end - *text) < size || strncasecmp(*text, word, size) != 0)
    return false;
  *text += size;
  return true;
}

/* Which of its values the header is; RATELIMIT_VALUES: none. */
static unsigned ratelimit_value(const struct ratelimit_name *name,
                                const char *line, size_t length) {
  static const char *const values[RATELIMIT_VALUES] = {"limit", "remaining",
                                                       "reset"};
  const char *end = line + length;
  if (!skip(&line, end, name->before))
    return RATELIMIT_VALUES;
  for (unsigned i = 0; i < RATELIMIT_VALUES; i++) {
    const char *rest = line;
    if (skip(&rest, end, values[i]) && skip(&rest, end, name->after) &&
        rest < end && *rest == ':')
      return i;
  }
  return RATELIMIT_VALUES;
}

/* False where the value is none; below 0 it says that there is no limit. */
static bool read_count(const char *value, size_t length, bool *unlimited,
                       double *count) {
  double number;
  if (!json_parse_number(value, length, &number) || number > 1e15)
    return false;
  *unlimited = *unlimited || number < 0;
  if (number < 0)
    return false;
  *count = number;
  return true;
}

static bool read_reset(const char *value, size_t length, double now,
                       bool *resets_now, double *at) {
  if (!read_moment(value, length, now, at))
    return false;
  *resets_now = *at <= now;
  return true;
}

static void take_value(struct headers *headers, unsigned name, unsigned which,
                       const char *value, size_t length, double now) {
  unsigned resource = ratelimit_names[name].resource;
  struct ratelimit *limit = &headers->ratelimit[resource];
  unsigned char *told = &headers->told[resource].name[which];
  bool *unlimited = &headers->told[resource].unlimited;
  bool *resets_now = &headers->told[resource].resets_now;
  bool *const there[RATELIMIT_VALUES] = {
      &limit->has_limit, &limit->has_remaining, &limit->has_reset};
  double *const places[RATELIMIT_VALUES] = {&limit->limit, &limit->remaining,
                                            &limit->reset};
  double read;
  if (*there[which] && *told < name)
    return;
  if (which == RATELIMIT_RESET
          ? read_reset(value, length, now, resets_now, &read)
          : read_count(value, length, unlimited, &read)) {
    *there[which] = true;
    *places[which] = read;
    *told = (unsigned char)name;
  }
  /* Where there is no limit, a reset of 0 is none either. */
  if (*unlimited && *resets_now)
    limit->has_reset = false;
}

/* Whether it was one of these headers. */
static bool take_ratelimit(struct headers *headers, const char *line,
                           size_t length, double now) {
  const char *value, *colon = memchr(line, ':', length);
  size_t size;
  for (unsigned i = 0; colon != NULL && i < RATELIMIT_NAMES; i++) {
    unsigned which = ratelimit_value(&ratelimit_names[i], line, length);
    if (which == RATELIMIT_VALUES)
      continue;
    value = trim(colon + 1, line + length, &size);
    take_value(headers, i, which, value, size, now);
    return true;
  }
  return false;
}

/* --- the rest ------------------------------------------------------------ */

/* Each has to be searched for secrets. There is one in an answer, and perhaps
 * in those of a proxy and of a 1xx before it. */
enum { REQUEST_IDS_MAX = 8 };

static void take_header(struct headers *headers, const char *line,
                        size_t length, double now) {
  const char *value;
  size_t size;
  if (take_ratelimit(headers, line, length, now))
    return;
  if (has_name(line, length, "x-request-id", &value, &size)) {
    if (headers->request_ids++ < REQUEST_IDS_MAX)
      text_sanitize(headers->request_id, sizeof headers->request_id, value,
                    size, headers->secrets);
  } else if (has_name(line, length, "content-encoding", &value, &size))
    take_codings(headers, value, size, false);
  else if (has_name(line, length, "transfer-encoding", &value, &size))
    take_codings(headers, value, size, true);
  else if (has_name(line, length, "retry-after", &value, &size))
    take_retry_after(headers, value, size, false, now);
  else if (has_name(line, length, "retry-after-ms", &value, &size))
    take_retry_after(headers, value, size, true, now);
}

bool headers_take(struct headers *headers, const char *line, size_t length,
                  double now) {
  if (length > HEADERS_MAX - headers->received) {
    headers->too_large = true;
    return false;
  }
  headers->received += length;
  headers->ended = length <= 2;
  if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
    headers->encoded = headers->chunked = false;
  else
    take_header(headers, line, length, now);
  return true;
}
