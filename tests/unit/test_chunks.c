#include "http/chunks.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char content[256];
static struct chunks chunks;

/* Feeds chunks of `step` bytes. */
static void feed(const char *text, size_t length, size_t step) {
  size_t filled = 0;
  chunks_open(&chunks);
  memset(content, 0, sizeof content);
  for (size_t at = 0; at < length; at += step) {
    const char *data = text + at, *piece;
    size_t left = length - at < step ? length - at : step, size;
    while (chunks_next(&chunks, &data, &left, &piece, &size)) {
      ck_assert_uint_gt(size, 0);
      ck_assert_uint_lt(filled + size, sizeof content);
      memcpy(content + filled, piece, size);
      filled += size;
    }
  }
}

static void check(const char *text, const char *wanted,
                  enum chunks_state state) {
  for (size_t step = 1; step <= strlen(text); step++) {
    feed(text, strlen(text), step);
    ck_assert_str_eq(content, wanted);
    ck_assert_int_eq(chunks.state, state);
  }
}

START_TEST(test_decoded_content) {
  check("5\r\nhello\r\n0\r\n\r\n", "hello", CHUNKS_TRAILER);
  check("1\r\na\r\n2\r\nbc\r\n0000\r\n\r\n", "abc", CHUNKS_TRAILER);
  check("A\r\n0123456789\r\na\r\n0123456789\r\n", "01234567890123456789",
        CHUNKS_SIZE);
  check("5;name=\"value\"\r\nhello\r\n0;x\r\n\r\n", "hello", CHUNKS_TRAILER);
  check("5\nhello\n0\n\n", "hello", CHUNKS_TRAILER);
  check("2\r\n\r\n\r\n", "\r\n", CHUNKS_SIZE);
}
END_TEST

START_TEST(test_data_after_the_last_chunk) {
  check("1\r\na\r\n0\r\nX-Request-Id: one\r\n\r\n5\r\nhello\r\n", "a",
        CHUNKS_TRAILER);
}
END_TEST

START_TEST(test_incomplete_body) {
  check("5\r\nhel", "hel", CHUNKS_DATA);
  check("5\r\nhello", "hello", CHUNKS_DATA_END);
  check("5", "", CHUNKS_SIZE);
  check("5;ext", "", CHUNKS_EXTENSION);
}
END_TEST

START_TEST(test_invalid_framing) {
  check("zz\r\nhello\r\n", "", CHUNKS_BROKEN);
  check("\r\nhello\r\n", "", CHUNKS_BROKEN);
  check("-1\r\nhello\r\n", "", CHUNKS_BROKEN);
  check("5\r\nhello!\r\n0\r\n\r\n", "hello", CHUNKS_BROKEN);
  check("1\r\na\r\n\r\n0\r\n", "a", CHUNKS_BROKEN);
  check("{\"object\":\"list\"}", "", CHUNKS_BROKEN);
}
END_TEST

START_TEST(test_chunk_sizes) {
  check("ffffffffffffffff\r\nabc", "abc", CHUNKS_DATA);
  check("00000000000000001\r\nabc", "", CHUNKS_BROKEN);
  check("10000000000000000\r\nabc", "", CHUNKS_BROKEN);
}
END_TEST

static void check_bound(const char *start, const char *repeated,
                        enum chunks_state state) {
  size_t begin = strlen(start), unit = strlen(repeated);
  size_t length = begin + CHUNKS_FRAMING_MAX * unit;
  char *text = malloc(length);
  ck_assert_ptr_nonnull(text);
  memcpy(text, start, begin);
  for (size_t at = begin; at < length; at += unit)
    memcpy(text + at, repeated, unit);
  chunks_open(&chunks);
  const char *data = text, *piece;
  size_t size;
  while (chunks_next(&chunks, &data, &length, &piece, &size))
    ;
  ck_assert_int_eq(chunks.state, state);
  free(text);
}

/* Endless framing counts towards the limit of the body. */
START_TEST(test_endless_framing) {
  check_bound("1;", "x", CHUNKS_TOO_LARGE);
  check_bound("0\r\n", "x", CHUNKS_TOO_LARGE);
  check_bound("1\r\na", "\r", CHUNKS_TOO_LARGE);
  check_bound("", "1\r\na\r\n", CHUNKS_TOO_LARGE);
}
END_TEST

int main(void) {
  return UNIT_RUN("chunks", test_decoded_content,
                  test_data_after_the_last_chunk, test_incomplete_body,
                  test_invalid_framing, test_chunk_sizes, test_endless_framing);
}
