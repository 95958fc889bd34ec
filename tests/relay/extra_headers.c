#include "extra_headers.h"

#include <stdlib.h>
#include <strings.h>

enum { MAX_EXTRA_HEADERS = 10000 };

void extra_headers_init(struct extra_headers *headers) {
  TAILQ_INIT(&headers->all);
  headers->count = 0;
}

static void extra_header_free(struct extra_headers *headers,
                              struct extra_header *header) {
  TAILQ_REMOVE(&headers->all, header, entry);
  headers->count--;
  matcher_close(&header->matcher);
  free(header->name);
  free(header->value);
  free(header);
}

void extra_headers_clear(struct extra_headers *headers) {
  struct extra_header *header;
  while ((header = TAILQ_FIRST(&headers->all)) != NULL)
    extra_header_free(headers, header);
}

static struct extra_header *
extra_headers_find(const struct extra_headers *headers,
                   const struct matcher *matcher, const char *name) {
  struct extra_header *header;
  TAILQ_FOREACH(header, &headers->all, entry) {
    if (matcher_equals(&header->matcher, matcher) &&
        strcasecmp(header->name, name) == 0)
      return header;
  }
  return NULL;
}

static void extra_headers_insert(struct extra_headers *headers,
                                 struct extra_header *header) {
  struct extra_header *less_specific;
  TAILQ_FOREACH_REVERSE(less_specific, &headers->all, extra_header_list,
                        entry) {
    if (matcher_specificity(&less_specific->matcher) <=
        matcher_specificity(&header->matcher))
      break;
  }
  if (less_specific != NULL)
    TAILQ_INSERT_AFTER(&headers->all, less_specific, header, entry);
  else
    TAILQ_INSERT_HEAD(&headers->all, header, entry);
  headers->count++;
}

bool extra_headers_set(struct extra_headers *headers,
                       const struct matcher *matcher, const char *name,
                       const char *value) {
  struct extra_header *known = extra_headers_find(headers, matcher, name);
  if (known != NULL)
    extra_header_free(headers, known);
  if (headers->count == MAX_EXTRA_HEADERS)
    return false;
  struct extra_header *header = xcalloc(sizeof(*header));
  header->matcher = matcher_copy(matcher);
  header->name = xstrdup(name);
  header->value = xstrdup(value);
  extra_headers_insert(headers, header);
  return true;
}

void extra_headers_apply(const struct extra_headers *headers,
                         const struct request_attributes *request,
                         struct response *response) {
  const struct extra_header *header;
  TAILQ_FOREACH(header, &headers->all, entry) {
    if (matcher_matches(&header->matcher, request))
      buffer_add_text(response_header(response, header->name), header->value);
  }
}
