/* What is read of an answer's headers as they arrive, line by line. */
#ifndef HOLYSHEEP_HEADERS_H
#define HOLYSHEEP_HEADERS_H

#include "exchange.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum { HEADERS_MAX = 64 * 1024 }; /* bytes in all, of all that precede too */

struct headers {
  const struct secrets *secrets;
  size_t received;
  unsigned request_ids; /* how many were read */
  bool ended;           /* the empty line has come */
  bool too_large;       /* they go beyond HEADERS_MAX */
  bool encoded;         /* the body has a coding that nobody asked for */
  char request_id[REQUEST_ID_MAX]; /* fit for a log line */
  struct ratelimit ratelimit[RATELIMIT_RESOURCES];
};

/* `secrets` have to outlive the headers. */
void headers_open(struct headers *headers, const struct secrets *secrets);

/* Takes a whole line, its end included: a status line (after that of a 100 say,
 * an encoding counts anew), a header, or the empty one. False: they are too
 * large. */
bool headers_take(struct headers *headers, const char *line, size_t length);

#endif
