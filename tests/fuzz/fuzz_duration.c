/* A duration or a date, as it stands in a header. */
#include "base/date.h"
#include "base/duration.h"
#include "fuzz.h"
#include "probe/headers.h"

#include <math.h>
#include <string.h>

const char *const fuzz_name = "duration";

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  return 0;
}

/* The text lies at the end of its memory: a read beyond it is seen. */
static bool read_text(const uint8_t *data, size_t size, double *seconds) {
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  bool good = duration_parse(text + 1, size, seconds);
  free(text);
  return good;
}

/* What it says is written again, and has to be read as the same. */
static void check_again(double seconds) {
  char text[64];
  seconds = fabs(seconds); /* a zero may have a sign */
  double again = -1;
  snprintf(text, sizeof text, "%.0fh%.0fm%.9fs", floor(seconds / 3600),
           floor(fmod(seconds, 3600) / 60), fmod(seconds, 60));
  FUZZ_CHECK(duration_parse(text, strlen(text), &again));
  FUZZ_CHECK(fabs(again - seconds) <= 1e-6);
}

static bool is_drawn_from(const uint8_t *data, size_t size, const char *set) {
  for (size_t i = 0; i < size; i++)
    if (data[i] == '\0' || strchr(set, data[i]) == NULL)
      return false;
  return true;
}

/* In a header, white space around it does not count. */
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

/* A date is of a year of four digits; what is one without assuming a zone is
 * the same one with it. */
static void check_date(const uint8_t *data, size_t size) {
  static const double first = -62200000000, end = 253402400000, kept = 5;
  double strict = kept, lenient = kept;
  char *text = malloc(size + 1);
  FUZZ_CHECK(text != NULL);
  memcpy(text + 1, data, size);
  bool zoned = date_parse(text + 1, size, false, &strict);
  bool good = date_parse(text + 1, size, true, &lenient);
  free(text);
  FUZZ_CHECK(good || !zoned);
  FUZZ_CHECK(!good || (lenient > first && lenient < end));
  FUZZ_CHECK(good || fabs(lenient - kept) <= 0);
  FUZZ_CHECK(fabs(strict - (zoned ? lenient : kept)) <= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const double kept = 12345.678;
  double seconds = kept;
  check_date(data, size);
  bool good = read_text(data, size, &seconds);
  check_header(data, size, good, seconds);
  if (!good) {
    FUZZ_CHECK(memcmp(&seconds, &kept, sizeof kept) == 0);
    return 0;
  }
  FUZZ_CHECK(seconds >= 0 && seconds <= DURATION_MAX);
  FUZZ_CHECK(is_drawn_from(data, size, "0123456789.dhmsun+-eE"));
  check_again(seconds);
  return 0;
}
