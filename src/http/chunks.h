/* Decodes the chunked transfer coding (RFC 9112, section 7.1). libcurl could,
 * but has no separate error code for malformed chunks. */
#ifndef HOLYSHEEP_CHUNKS_H
#define HOLYSHEEP_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

enum { CHUNKS_FRAMING_MAX = 8 * 1024 * 1024 }; /* bytes besides the content */

enum chunks_state {
  CHUNKS_SIZE,
  CHUNKS_EXTENSION, /* what follows the size, up to the line end */
  CHUNKS_DATA,
  CHUNKS_DATA_END,
  CHUNKS_TRAILER, /* after the last chunk: it is ignored */
  CHUNKS_BROKEN,
  CHUNKS_TOO_LARGE
};

struct chunks {
  enum chunks_state state;
  unsigned digits;
  size_t left;    /* of the chunk */
  size_t framing; /* bytes so far */
};

void chunks_open(struct chunks *chunks);

/* Decodes up to the next piece of content, and advances `data` and `length`.
 * False: they contain no further piece. */
bool chunks_next(struct chunks *chunks, const char **data, size_t *length,
                 const char **piece, size_t *size);

#endif
