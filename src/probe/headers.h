/* Reads an answer's headers line by line, as they arrive. */
#ifndef HOLYSHEEP_HEADERS_H
#define HOLYSHEEP_HEADERS_H

#include "base/text.h"
#include "model/http_result.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes, including those of any 1xx or proxy answer before. */
enum { HEADERS_MAX = 64 * 1024 };

enum {
  RATELIMIT_LIMIT,
  RATELIMIT_REMAINING,
  RATELIMIT_RESET,
  RATELIMIT_VALUES
};

struct headers {
  const struct secrets *secrets;
  size_t received;
  unsigned request_ids;     /* how many were read, */
  unsigned request_id_name; /* and the name of the one that is kept */
  bool ended;               /* the empty line has been received */
  bool too_large;           /* more than HEADERS_MAX */
  bool encoded;             /* the body has a coding that was not requested */
  bool chunked;             /* the body is chunked */
  char request_id[REQUEST_ID_MAX]; /* printable */
  double retry_after; /* seconds from when the header came; 0: none */
  bool retry_in_ms;   /* from retry-after-ms, the more exact header */
  struct ratelimit ratelimit[RATELIMIT_RESOURCES];
  /* Which row of the table of names each value came from, 0 being the most
   * specific; whether a value said that there is no limit, and whether the
   * reset is now. */
  struct {
    unsigned char name[RATELIMIT_VALUES];
    bool unlimited, resets_now;
  } source[RATELIMIT_RESOURCES];
};

/* `secrets` must outlive the headers. */
void headers_open(struct headers *headers, const struct secrets *secrets);

/* Reads a whole line, including its line break, received at `now` (Unix
 * seconds): a status line, a header, or the empty line. There may be a 1xx or a
 * proxy's answer before: a status line resets the codings, and the first id of a
 * request after it counts, whatever its name. False: the headers are too
 * large. */
bool headers_feed(struct headers *headers, const char *line, size_t length,
                  double now);

#endif
