/* A request to a relay. */
#ifndef HOLYSHEEP_REQUEST_H
#define HOLYSHEEP_REQUEST_H

#include "base/clock.h"
#include "model/probe_result.h"
#include "model/settings.h"

/* Everything that it points to must outlive the request. */
struct request {
  const struct relay_settings *relay;
  const struct probe_settings *probe; /* or those for one of its places */
  size_t index;                       /* of the probe among the relay's */
  const char *key; /* the current one; may change while this is in flight */
  const char *url;
  const char *body;     /* NULL: a GET */
  const char *expected; /* what the model's text has to contain; NULL: anything
                         */
  const struct probe_result
      *previous; /* of the first request, if this is the second; or NULL */
  usec timeout;
};

#endif
