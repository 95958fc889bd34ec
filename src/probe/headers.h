/* What is read of an answer's headers as they arrive, line by line. */
#ifndef HOLYSHEEP_HEADERS_H
#define HOLYSHEEP_HEADERS_H

#include "base/text.h"
#include "model/http_result.h"

#include <stdbool.h>
#include <stddef.h>

enum { HEADERS_MAX = 64 * 1024 }; /* bytes in all, of all that precede too */

enum {
  RATELIMIT_LIMIT,
  RATELIMIT_REMAINING,
  RATELIMIT_RESET,
  RATELIMIT_VALUES
};

struct headers {
  const struct secrets *secrets;
  size_t received;
  unsigned request_ids; /* how many were read */
  bool ended;           /* the empty line has come */
  bool too_large;       /* they go beyond HEADERS_MAX */
  bool encoded;         /* the body has a coding that nobody asked for */
  bool chunked;         /* it comes in chunks */
  char request_id[REQUEST_ID_MAX]; /* fit for a log line */
  double retry_after; /* seconds since it was told; 0: it was not */
  bool retry_in_ms;   /* by the more exact of its names */
  struct ratelimit ratelimit[RATELIMIT_RESOURCES];
  /* By which of its names each of its values was told, 0 for the best; and
   * whether a value said that there is no limit, a reset that it is now. */
  struct {
    unsigned char name[RATELIMIT_VALUES];
    bool unlimited, resets_now;
  } told[RATELIMIT_RESOURCES];
};

/* `secrets` have to outlive the headers. */
void headers_open(struct headers *headers, const struct secrets *secrets);

/* Takes a whole line, its end included, that came at `now`, in Unix seconds: a
 * status line (after that of a 100 say, codings count anew), a header, or the
 * empty one. False: they are too large. */
bool headers_take(struct headers *headers, const char *line, size_t length,
                  double now);

#endif
