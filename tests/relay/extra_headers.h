/* Headers that the control API adds to responses. */
#ifndef RELAY_EXTRA_HEADERS_H
#define RELAY_EXTRA_HEADERS_H

#include "matcher.h"
#include "response.h"

#include <stdbool.h>
#include <sys/queue.h>

struct extra_header {
  struct matcher matcher;
  char *name;
  char *value;
  TAILQ_ENTRY(extra_header) entry;
};

struct extra_headers {
  TAILQ_HEAD(extra_header_list, extra_header)
  all; /* the most specific matchers last */
  size_t count;
};

void extra_headers_init(struct extra_headers *headers);
void extra_headers_clear(struct extra_headers *headers);

/* Replaces a header with the same name and matcher. Returns false if there are
 * already too many. */
bool extra_headers_set(struct extra_headers *headers,
                       const struct matcher *matcher, const char *name,
                       const char *value);

/* Adds the headers that match a request to its response, replacing headers of
 * the same name. */
void extra_headers_apply(const struct extra_headers *headers,
                         const struct request_attributes *request,
                         struct response *response);

#endif
