/* What became of a request, as the label `status` counts it. */
#ifndef HOLYSHEEP_STATUS_H
#define HOLYSHEEP_STATUS_H

#include "model/cause.h"

#include <stdbool.h>

enum { STATUS_COUNT = 24 };

struct status_row {
  const char *name;
  int http;            /* the HTTP status, or the hundreds of its class, or 0 */
  bool starts_at_zero; /* counted from 0 on; the others from when first seen */
};

extern const struct status_row statuses[STATUS_COUNT];

/* The row of a request: of its break when it broke off (`broken` is not
 * CAUSE_OK), else of its HTTP status. Always a valid row. */
unsigned status_of(enum cause transport_error, int http_status);

#endif
