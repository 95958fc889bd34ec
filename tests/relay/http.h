/* The relay's HTTP servers: each request's way from its arrival to its answer,
 * spoilt or not. */
#ifndef RELAY_HTTP_H
#define RELAY_HTTP_H

#include "relay.h"

/* 0, or -1 with errno set. */
int http_open(struct relay *relay, struct server *server, bool tls,
              unsigned port);

/* The key of the Authorization header, or NULL. */
const char *http_key(struct MHD_Connection *connection);

/* Options and flags that all servers of the relay have in common: no socket
 * and no thread of their own. */
enum {
  HTTP_FLAGS = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET,
  HTTP_CONNECTIONS = 1000000,
};

#endif
