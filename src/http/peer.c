#include "http/peer.h"

#include "http/url.h"

#include <arpa/inet.h>
#include <stdio.h>

static bool is_address(const char *host) {
  struct in_addr v4;
  return host[0] == '[' || inet_pton(AF_INET, host, &v4) == 1;
}

bool peer_init(struct peer *peer, const struct relay_settings *relay,
               struct resolver *resolver) {
  char host[RESOLVER_NAME_MAX];
  unsigned port;
  *peer = (struct peer){.resolver = resolver};
  if (!url_peer(relay->proxy != NULL ? relay->proxy : relay->base_url, host,
                sizeof host, &port))
    return false;
  snprintf(peer->authority, sizeof peer->authority, "%s:%u", host, port);
  if (is_address(host))
    return true;
  peer->name = resolver_add(resolver, host, relay->address_family);
  return peer->name != NULL;
}
