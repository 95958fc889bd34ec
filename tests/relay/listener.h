/* A port on the loopback addresses. It stays reserved while connections are
 * refused. */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include "event_loop.h"

#include <netinet/in.h>

enum { LISTENER_SOCKETS = 2 }; /* IPv4 and IPv6 */

struct listener;

/* Takes ownership of a connected, non-blocking socket. */
typedef void listener_accepted(struct listener *listener, int fd,
                               const struct sockaddr *address, socklen_t size);

struct listener_socket {
  struct listener *listener;
  union {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
  } address;
  socklen_t size;
  int reserved; /* bound to keep the port, never listening; -1 if the family is
                   not available */
  struct watcher watcher; /* fd is -1 while connections are refused */
};

struct listener {
  struct event_loop *loop;
  listener_accepted *accepted;
  unsigned port;
  struct listener_socket sockets[LISTENER_SOCKETS];
};

/* Reserves the port (0 for any free one) and listens. Hosts without [::1]
 * listen on IPv4 only. Returns 0, or -1 with errno set. */
int listener_open(struct listener *listener, struct event_loop *loop,
                  unsigned port, listener_accepted *accepted);

/* Also accepts a zeroed listener that was never opened. */
void listener_close(struct listener *listener);

/* Listens, or refuses connections. Both are idempotent. */
int listener_listen(struct listener *listener);
void listener_refuse(struct listener *listener);

#endif
