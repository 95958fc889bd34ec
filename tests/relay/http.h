/* The relay's HTTP servers: receives a request, selects its fault, sends the
 * response. */
#ifndef RELAY_HTTP_H
#define RELAY_HTTP_H

#include "relay.h"

/* 0, or -1 with errno set. */
int http_start(struct relay *relay, struct server *server, bool tls,
               unsigned port);

/* The key of the Authorization header, else of x-api-key, or NULL. */
const char *http_key(struct MHD_Connection *connection);

/* Common to all servers: they have no listening socket and no thread. */
enum {
  HTTP_FLAGS = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET,
  HTTP_CONNECTIONS = 1000000,
};

#endif
