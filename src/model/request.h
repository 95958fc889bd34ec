/* What one request sends. */
#ifndef HOLYSHEEP_REQUEST_H
#define HOLYSHEEP_REQUEST_H

#include "base/clock.h"
#include "model/probe_result.h"
#include "model/settings.h"

/* All that it points to has to outlive the request. */
struct request {
  const struct relay_settings *relay;
  const struct probe_settings *probe;
  const char *key; /* as it is now; it may change while this is in flight */
  const char *url;
  const char *body; /* NULL: a GET */
  const struct probe_result
      *previous; /* of the request that asked for this one, or NULL */
  usec timeout;
};

#endif
