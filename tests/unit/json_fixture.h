/* Reads documents with selectors, and keeps a log of the values they match. */
#ifndef HOLYSHEEP_UNIT_JSON_FIXTURE_H
#define HOLYSHEEP_UNIT_JSON_FIXTURE_H

#include "base/json.h"

#include "unit.h"

struct log {
  char text[4096]; /* "1:number=7 " for each */
  size_t length;
};

/* A json_match whose user is a log. */
void hit(void *user, int id, const struct json_value *value);

typedef void unit_split(const char *, size_t, unit_feed *, void *);

/* The values reported for some selectors when a document arrives in these
 * chunks. */
enum json_state read_split(unit_split *split, const char *document,
                           size_t length, const struct json_selector *selectors,
                           size_t count, struct log *log);

/* The reported values do not depend on how the document is split. */
enum json_state read_paths(const char *document,
                           const struct json_selector *selectors, size_t count,
                           struct log *log);

void check_hits(const char *document, const char *path, const char *matches);

#endif
