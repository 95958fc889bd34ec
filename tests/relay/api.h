/* The healthy relay: its keys, its models, its money, and what it answers. */
#ifndef RELAY_API_H
#define RELAY_API_H

#include "quirks.h"
#include "response.h"
#include "timed_body.h"

#include <stdbool.h>
#include <stddef.h>

struct account {
  const char *const *keys;   /* ended by NULL; none: any that begins sk-test */
  const char *const *models; /* ended by NULL */
  double balance;            /* US dollars */
  double used;
  double expires; /* seconds since the epoch; 0 and -1 are never */
  bool unlimited;
  double price; /* US dollars a million tokens */
};

struct route;

/* A request as it arrived. */
struct call {
  const struct route *route; /* NULL for a path that no route has */
  const char *method;
  const char *path;
  const char *key; /* NULL without one */
  const char *body;
  size_t body_size;
  double time; /* seconds since the epoch */
  const struct manner *manner;
  struct pace pace;
};

/* The route of a path, whatever is before /v1, or NULL. */
const struct route *route_find(const char *path);

/* models, billing or chat/completions; "" for NULL. */
const char *route_endpoint(const struct route *route);

/* Makes the answer that is due, and charges the account for it. */
void account_answer(struct account *account, const struct call *call,
                    struct answer *answer);

#endif
