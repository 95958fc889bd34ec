#include "probe/headers.h"

#include "base/date.h"
#include "base/duration.h"
#include "base/json_value.h"
#include "base/text.h"

#include <string.h>

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

/* Whether the header has this name; if so, its value. */
static bool has_name(const char *line, size_t length, const char *name,
                     const char **value, size_t *value_length) {
  size_t size = strlen(name);
  if (!text_begins_with_no_case(line, length, name) || length == size ||
      line[size] != ':')
    return false;
  *value = trim(line + size + 1, line + length, value_length);
  return true;
}

static size_t skip_separators(const char *value, size_t length) {
  size_t n = 0;
  while (n < length && (value[n] == ' ' || value[n] == '\t' || value[n] == ','))
    n++;
  return n;
}

/* A list of codings, parsed as libcurl does. */
static void parse_codings(struct headers *headers, const char *value,
                          size_t length, bool is_transfer) {
  size_t size;
  for (size_t at = skip_separators(value, length); at < length;
       at += size + skip_separators(value + at + size, length - at - size)) {
    const char *end = memchr(value + at, ',', length - at);
    size = end != NULL ? (size_t)(end - value) - at : length - at;
    size_t name = size;
    while (name > 0 && (unsigned char)value[at + name - 1] <= ' ')
      name--;
    if (text_equals_no_case(value + at, name, "chunked"))
      headers->chunked = headers->chunked || is_transfer;
    else if (!text_equals_no_case(value + at, name, "identity"))
      headers->encoded = true;
  }
}

/* --- points in time ------------------------------------------------------ */

/* Seconds or milliseconds since 1970, if too large for a duration. */
static bool parse_epoch(const char *value, size_t length, double *at) {
  double number;
  if (!json_parse_number(value, length, &number))
    return false;
  if (number >= 1e12 && number < 1e14)
    number /= 1000;
  *at = number;
  return number >= 1e9 && number < 1e11;
}

/* Relays write either a duration or a point in time. One that is in the past,
 * or further away than any limit could be, is not valid. */
static bool parse_time(const char *value, size_t length, double now,
                       double *at) {
  double seconds;
  if (duration_parse(value, length, &seconds)) {
    *at = now + seconds;
    return true;
  }
  return (parse_epoch(value, length, at) ||
          date_parse(value, length, false, at)) &&
         *at >= now && *at <= now + DURATION_MAX;
}

/* OpenAI's clients look for the milliseconds first. */
static void parse_retry_after(struct headers *headers, const char *value,
                              size_t length, bool in_ms, double now) {
  double at, ms;
  if (headers->retry_in_ms && !in_ms)
    return;
  if (!in_ms && parse_time(value, length, now, &at))
    headers->retry_after = at - now;
  if (!in_ms || !json_parse_number(value, length, &ms) || ms <= 0 ||
      ms > DURATION_MAX * 1000.0)
    return;
  headers->retry_after = ms / 1000;
  headers->retry_in_ms = true;
}

/* --- rate limits --------------------------------------------------------- */

/* What comes before and after `limit`, `remaining` or `reset`, from the most
 * specific to the least. Without a resource, it is requests by convention. The
 * last row is from an IETF draft. */
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
  if (!text_begins_with_no_case(*text, (size_t)(end - *text), word))
    return false;
  *text += strlen(word);
  return true;
}

/* Which of the three values the header is; RATELIMIT_VALUES: none. */
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

/* False if it is not a count. Below 0 it means that there is no limit. */
static bool parse_count(const char *value, size_t length, bool *unlimited,
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

static bool parse_reset(const char *value, size_t length, double now,
                        bool *resets_now, double *at) {
  if (!parse_time(value, length, now, at))
    return false;
  *resets_now = *at <= now;
  return true;
}

static void store_ratelimit(struct headers *headers, unsigned name,
                            unsigned which, const char *value, size_t length,
                            double now) {
  unsigned resource = ratelimit_names[name].resource;
  struct ratelimit *limit = &headers->ratelimit[resource];
  unsigned char *source = &headers->source[resource].name[which];
  bool *unlimited = &headers->source[resource].unlimited;
  bool *resets_now = &headers->source[resource].resets_now;
  bool *const present[RATELIMIT_VALUES] = {
      &limit->has_limit, &limit->has_remaining, &limit->has_reset};
  double *const values[RATELIMIT_VALUES] = {&limit->limit, &limit->remaining,
                                            &limit->reset};
  double number;
  if (*present[which] && *source < name)
    return;
  if (which == RATELIMIT_RESET
          ? parse_reset(value, length, now, resets_now, &number)
          : parse_count(value, length, unlimited, &number)) {
    *present[which] = true;
    *values[which] = number;
    *source = (unsigned char)name;
  }
  /* Without a limit, a reset of 0 is not one either. */
  if (*unlimited && *resets_now)
    limit->has_reset = false;
}

/* Whether it was a rate limit header. */
static bool parse_ratelimit(struct headers *headers, const char *line,
                            size_t length, double now) {
  const char *value, *colon = memchr(line, ':', length);
  size_t size;
  for (unsigned i = 0; colon != NULL && i < RATELIMIT_NAMES; i++) {
    unsigned which = ratelimit_value(&ratelimit_names[i], line, length);
    if (which == RATELIMIT_VALUES)
      continue;
    value = trim(colon + 1, line + length, &size);
    store_ratelimit(headers, i, which, value, size, now);
    return true;
  }
  return false;
}

/* --- other headers ------------------------------------------------------- */

/* Each must be searched for secrets. An answer has one, and so may a proxy's
 * answer and a 1xx before it. */
enum { REQUEST_IDS_MAX = 8 };

/* A gateway's own (one-api's and new-api's, LiteLLM's) goes before that of its
 * upstream, of which its support knows nothing; the id of the page that
 * Cloudflare shows comes last. */
static const char *const request_id_names[] = {
    "x-oneapi-request-id", "x-litellm-call-id", "x-request-id",
    "request-id",          "apim-request-id",   "x-siliconcloud-trace-id",
    "x-ds-trace-id",       "x-amzn-requestid",  "cf-ray"};

enum { REQUEST_ID_NAMES = sizeof request_id_names / sizeof *request_id_names };

static void add_request_id(struct headers *headers, unsigned name,
                           const char *value, size_t length) {
  if (length == 0 || name > headers->request_id_name ||
      headers->request_ids++ >= REQUEST_IDS_MAX)
    return;
  headers->request_id_name = name;
  text_sanitize(headers->request_id, sizeof headers->request_id, value, length,
                headers->secrets);
}

static bool parse_request_id(struct headers *headers, const char *line,
                             size_t length) {
  const char *value;
  size_t size;
  for (unsigned i = 0; i < REQUEST_ID_NAMES; i++)
    if (has_name(line, length, request_id_names[i], &value, &size)) {
      add_request_id(headers, i, value, size);
      return true;
    }
  return false;
}

static void parse_header(struct headers *headers, const char *line,
                         size_t length, double now) {
  const char *value;
  size_t size;
  if (parse_ratelimit(headers, line, length, now))
    return;
  if (parse_request_id(headers, line, length))
    return;
  if (has_name(line, length, "content-encoding", &value, &size))
    parse_codings(headers, value, size, false);
  else if (has_name(line, length, "transfer-encoding", &value, &size))
    parse_codings(headers, value, size, true);
  else if (has_name(line, length, "retry-after", &value, &size))
    parse_retry_after(headers, value, size, false, now);
  else if (has_name(line, length, "retry-after-ms", &value, &size))
    parse_retry_after(headers, value, size, true, now);
}

/* --- a whole answer ------------------------------------------------------ */

/* Until it has an id, that of an answer before it is better than none. */
static void begin_answer(struct headers *headers) {
  headers->encoded = headers->chunked = false;
  headers->request_id_name = REQUEST_ID_NAMES;
}

void headers_open(struct headers *headers, const struct secrets *secrets) {
  *headers = (struct headers){.secrets = secrets};
  begin_answer(headers);
}

bool headers_feed(struct headers *headers, const char *line, size_t length,
                  double now) {
  if (length > HEADERS_MAX - headers->received) {
    headers->too_large = true;
    return false;
  }
  headers->received += length;
  headers->ended = length <= 2;
  if (text_begins_with(line, length, "HTTP/"))
    begin_answer(headers);
  else
    parse_header(headers, line, length, now);
  return true;
}
