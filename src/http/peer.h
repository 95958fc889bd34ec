/* Whom a relay's requests connect to: the relay itself, or its proxy. */
#ifndef HOLYSHEEP_PEER_H
#define HOLYSHEEP_PEER_H

#include "http/resolver.h"
#include "model/settings.h"

#include <stdbool.h>

enum { PEER_AUTHORITY_MAX = RESOLVER_NAME_MAX + 16 };

struct peer {
  struct resolver *resolver;
  struct resolver_name *name;         /* NULL: it is an address already */
  char authority[PEER_AUTHORITY_MAX]; /* host:port */
};

/* False without memory. */
bool peer_init(struct peer *peer, const struct relay_settings *relay,
               struct resolver *resolver);

#endif
