/* Takes the framing off a body that comes in chunks (RFC 9112, section 7.1).
 * libcurl could, but has no error code of its own for chunks that are none. */
#ifndef HOLYSHEEP_CHUNKS_H
#define HOLYSHEEP_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

enum { CHUNKS_FRAMING_MAX = 8 * 1024 * 1024 }; /* bytes that are no content */

enum chunks_state {
  CHUNKS_SIZE,
  CHUNKS_EXTENSION, /* all that follows the size, to the end of its line */
  CHUNKS_DATA,
  CHUNKS_DATA_END,
  CHUNKS_TRAILER, /* behind the last chunk: nothing of it is wanted */
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

/* Takes what has come, up to the next piece of content: advances `data` and
 * `length`. False: there is no further piece in it. */
bool chunks_next(struct chunks *chunks, const char **data, size_t *length,
                 const char **piece, size_t *size);

#endif
