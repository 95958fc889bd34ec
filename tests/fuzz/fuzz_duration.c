/* A duration or a date, as in a header. */
#include "base/date.h"
#include "base/duration.h"
#include "fuzz.h"
#include "probe/headers.h"

#include <math.h>
#include <string.h>

const char *const fuzz_name = "duration";

/* The text is at the end of its allocation, so that a read beyond it is
 * detected. */
static bool read_text(const uint8_t *data, size_t size, double *seconds) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  bool good = duration_parse(text + 1, size, seconds);
  free(text);
  return good;
}

/* Formatting and parsing the value again gives the same value. */
static void check_round_trip(double seconds) {
  char text[64];
  seconds = fabs(seconds); /* zero may be negative */
  double again = -1;
  snprintf(text, sizeof text, "%.0fh%.0fm%.9fs", floor(seconds / 3600),
           floor(fmod(seconds, 3600) / 60), fmod(seconds, 60));
  FUZZ_CHECK(duration_parse(text, strlen(text), &again));
  FUZZ_CHECK(fabs(again - seconds) <= 1e-6);
}

static bool consists_of(const uint8_t *data, size_t size, const char *set) {
  for (size_t i = 0; i < size; i++)
    if (data[i] == '\0' || strchr(set, data[i]) == NULL)
      return false;
  return true;
}

/* In a header, surrounding white space is ignored. */
static void check_header(const uint8_t *data, size_t size, bool good,
                         double seconds) {
  static const char name[] = "X-RateLimit-Reset-Tokens: \t";
  char line[512];
  static const double now = 1764300000;
  struct headers headers;
  if (size > 256 || memchr(data, '\n', size) != NULL)
    return;
  memcpy(line, name, sizeof name - 1);
  memcpy(line + sizeof name - 1, data, size);
  memcpy(line + sizeof name - 1 + size, " \r\n", 3);
  headers_open(&headers, &fuzz_secrets);
  FUZZ_CHECK(headers_feed(&headers, line, sizeof name - 1 + size + 3, now));
  const struct ratelimit *tokens = &headers.ratelimit[RATELIMIT_TOKENS];
  FUZZ_CHECK(!good || tokens->has_reset);
  FUZZ_CHECK(!good || fabs(tokens->reset - now - seconds) <= 1e-6);
  FUZZ_CHECK(!tokens->has_reset ||
             (tokens->reset >= now && tokens->reset <= now + DURATION_MAX));
}

/* A date has a four-digit year. A date that is valid without an assumed time
 * zone is the same with one. */
static void check_date(const uint8_t *data, size_t size) {
  static const double first = -62200000000, end = 253402400000, initial = 5;
  double strict = initial, lenient = initial;
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  bool zoned = date_parse(text + 1, size, false, &strict);
  bool good = date_parse(text + 1, size, true, &lenient);
  free(text);
  FUZZ_CHECK(good || !zoned);
  FUZZ_CHECK(!good || (lenient > first && lenient < end));
  FUZZ_CHECK(good || fabs(lenient - initial) <= 0);
  FUZZ_CHECK(fabs(strict - (zoned ? lenient : initial)) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const double initial = 12345.678;
  double seconds = initial;
  check_date(data, size);
  bool good = read_text(data, size, &seconds);
  check_header(data, size, good, seconds);
  if (!good) {
    FUZZ_CHECK(memcmp(&seconds, &initial, sizeof initial) == 0);
    return 0;
  }
  FUZZ_CHECK(seconds >= 0 && seconds <= DURATION_MAX);
  FUZZ_CHECK(consists_of(data, size, "0123456789.dhmsun+-eE"));
  check_round_trip(seconds);
  return 0;
}
