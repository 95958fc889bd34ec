/* The values of the label `status`, by which requests are counted. */
#ifndef HOLYSHEEP_STATUS_H
#define HOLYSHEEP_STATUS_H

#include "model/cause.h"

#include <stdbool.h>

enum { STATUS_COUNT = 24 };

struct status_row {
  const char *name;
  int http;            /* the HTTP status, its first digit for a class, or 0 */
  bool starts_at_zero; /* the others appear when first seen */
};

extern const struct status_row statuses[STATUS_COUNT];

/* The row of a request: by `transport_error` unless that is CAUSE_OK, else by
 * its HTTP status. Always a valid index. */
unsigned status_of(enum cause transport_error, int http_status);

#endif
