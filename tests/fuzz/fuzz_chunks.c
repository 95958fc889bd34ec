/* Decoder of chunked transfer encoding. */
#include "fuzz.h"
#include "http/chunks.h"

#include <string.h>

const char *const fuzz_name = "chunks";

enum { ROOM = 64 * 1024 };

struct content {
  struct chunks chunks;
  size_t length;
  uint8_t bytes[ROOM];
};

/* The input is at the end of its allocation, so that a read beyond it is
 * detected. */
static void feed(struct content *content, const uint8_t *bytes, size_t length) {
  char *room = malloc(length + 1);
  FUZZ_CHECK(room != NULL);
  memcpy(room + 1, bytes, length);
  const char *data = room + 1, *piece;
  size_t size;
  while (chunks_next(&content->chunks, &data, &length, &piece, &size)) {
    FUZZ_CHECK(size > 0 && content->length + size <= ROOM);
    memcpy(content->bytes + content->length, piece, size);
    content->length += size;
  }
  free(room);
}

static void feed_in_chunks(struct content *content, const uint8_t *data,
                           size_t size, struct fuzz_random *random) {
  content->length = 0;
  chunks_open(&content->chunks);
  for (size_t at = 0, step; at < size; at += step) {
    step = 1 + fuzz_random_below(random, size - at);
    feed(content, data + at, step);
  }
}

/* The result does not depend on how the input is split. */
static void check_any_split(const uint8_t *data, size_t size,
                            struct fuzz_random *random) {
  static struct content whole, pieces;
  whole.length = 0;
  chunks_open(&whole.chunks);
  feed(&whole, data, size);
  FUZZ_CHECK(whole.length + whole.chunks.framing <= size);
  feed_in_chunks(&pieces, data, size, random);
  FUZZ_CHECK(pieces.chunks.state == whole.chunks.state);
  FUZZ_CHECK(pieces.chunks.framing == whole.chunks.framing);
  FUZZ_CHECK(pieces.length == whole.length);
  FUZZ_CHECK(memcmp(pieces.bytes, whole.bytes, whole.length) == 0);
}

static size_t write_chunks(const uint8_t *data, size_t size, uint8_t *text,
                           struct fuzz_random *random) {
  size_t length = 0;
  for (size_t at = 0, step; at < size; at += step) {
    step = 1 + fuzz_random_below(random, size - at);
    length += (size_t)sprintf((char *)text + length, "%zx\r\n", step);
    memcpy(text + length, data + at, step);
    length += step;
    length += (size_t)sprintf((char *)text + length, "\r\n");
  }
  return length + (size_t)sprintf((char *)text + length, "0\r\n\r\n");
}

/* Chunked encoding and decoding returns the original data. */
static void check_round_trip(const uint8_t *data, size_t size,
                             struct fuzz_random *random) {
  static uint8_t text[ROOM];
  static struct content again;
  size_t length = write_chunks(data, size, text, random);
  feed_in_chunks(&again, text, length, random);
  FUZZ_CHECK(again.chunks.state == CHUNKS_TRAILER);
  FUZZ_CHECK(again.length == size);
  FUZZ_CHECK(memcmp(again.bytes, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct fuzz_random random;
  if (size > ROOM / 8)
    return 0;
  fuzz_random_begin(&random, data, size);
  check_any_split(data, size, &random);
  check_round_trip(data, size, &random);
  return 0;
}
