/* The API of a healthy relay: its routes, its account and its responses. */
#ifndef RELAY_API_H
#define RELAY_API_H

#include "quirks.h"
#include "response.h"
#include "timed_body.h"

#include <stdbool.h>
#include <stddef.h>

struct account {
  const char *const
      *keys; /* NULL-terminated; if empty, any key that begins with sk-test */
  const char *const *models; /* NULL-terminated */
  double balance;            /* US dollars */
  double used;
  double expires; /* seconds since the epoch; 0 and -1 are never */
  bool unlimited;
  double price; /* US dollars per million tokens */
};

struct route;

/* A request as received. */
struct api_request {
  const struct route *route; /* NULL if no route has this path */
  const char *method;
  const char *path;
  const char *key;               /* NULL without one */
  const char *api_key, *version; /* x-api-key and anthropic-version, or NULL */
  const char *body;
  size_t body_size;
  double time; /* seconds since the epoch */
  const struct quirks *quirks;
  struct pace pace;
};

/* The route for a path, whatever precedes /v1, or NULL. */
const struct route *route_find(const char *path);

/* Whether its answers are completions. */
bool endpoint_completes(const char *name);

/* Whether some route has this endpoint. */
bool route_is_endpoint(const char *name);

/* The name of its endpoint; "" for NULL. */
const char *route_endpoint(const struct route *route);

/* Builds the normal response, and charges the account for it. */
void api_respond(struct account *account, const struct api_request *request,
                 struct response *response);

#endif
