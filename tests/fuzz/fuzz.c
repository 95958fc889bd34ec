#define _GNU_SOURCE /* memmem */
#include "fuzz.h"

#include <string.h>

enum { SECRET_FRAGMENT = 8 };

static const char *const secrets[] = {FUZZ_KEY, FUZZ_HEADER, FUZZ_SHORT};

const struct secrets fuzz_secrets = {secrets, sizeof secrets / sizeof *secrets};

bool fuzz_has_secret(const char *text, size_t length) {
  for (size_t i = 0; i < fuzz_secrets.count; i++) {
    const char *secret = secrets[i];
    size_t whole = strlen(secret);
    size_t piece = whole < SECRET_FRAGMENT ? whole : SECRET_FRAGMENT;
    for (size_t at = 0; at + piece <= whole; at++)
      if (memmem(text, length, secret + at, piece) != NULL)
        return true;
  }
  return false;
}

/* A UTF-8 decoder independent of text.c: encoding the decoded code point must
 * give the same bytes. */
static size_t encode(uint32_t point, unsigned char *out) {
  static const uint32_t ends[] = {0x80, 0x800, 0x10000, 0x110000};
  static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
  size_t more = 0;
  while (more < 3 && point >= ends[more])
    more++;
  for (size_t i = more; i > 0; i--, point >>= 6)
    out[i] = (unsigned char)(0x80 | (point & 0x3F));
  out[0] = (unsigned char)(marks[more] | point);
  return more + 1;
}

static uint32_t next_point(const char **text) {
  const unsigned char *p = (const unsigned char *)*text;
  unsigned char again[4];
  size_t size = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  uint32_t point = size == 1 ? p[0] : p[0] & (0x7Fu >> size);
  for (size_t i = 1; i < size; i++) {
    FUZZ_CHECK((p[i] & 0xC0) == 0x80);
    point = point << 6 | (p[i] & 0x3F);
  }
  FUZZ_CHECK(point < 0x110000 && point - 0xD800 >= 0x800);
  FUZZ_CHECK(encode(point, again) == size && memcmp(again, p, size) == 0);
  *text += size;
  return point;
}

void fuzz_check_text(const char *text) {
  /* C0 and C1; Arabic letter mark; zero-width spaces and marks; line and
   * paragraph separators, embeddings; joiners and isolates; byte order mark. */
  static const uint32_t banned[][2] = {
      {0, 0x1F},        {0x7F, 0x9F},     {0x61C, 0x61C},  {0x200B, 0x200F},
      {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}};
  for (const char *p = text; *p != '\0';) {
    uint32_t point = next_point(&p);
    for (size_t i = 0; i < sizeof banned / sizeof *banned; i++)
      FUZZ_CHECK(point < banned[i][0] || point > banned[i][1]);
  }
  FUZZ_CHECK(!fuzz_has_secret(text, strlen(text)));
}

/* FNV-1a, then xorshift64. */
void fuzz_random_begin(struct fuzz_random *random, const uint8_t *data,
                       size_t size) {
  random->state = UINT64_C(0xCBF29CE484222325);
  for (size_t i = 0; i < size; i++)
    random->state = (random->state ^ data[i]) * UINT64_C(0x100000001B3);
  random->state |= 1;
}

size_t fuzz_random_below(struct fuzz_random *random, size_t limit) {
  random->state ^= random->state << 13;
  random->state ^= random->state >> 7;
  random->state ^= random->state << 17;
  return (size_t)(random->state % limit);
}
