/* A port on the loopback addresses. The number stays ours while nobody listens
 * on it. */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include "event_loop.h"

#include <netinet/in.h>

enum { LISTENER_SOCKETS = 2 }; /* IPv4 and IPv6 */

struct listener;

/* Takes over a connected, non-blocking descriptor. */
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
  int reserved;       /* bound, never listening; -1 without this family */
  struct watch watch; /* its fd is -1 while nobody listens */
};

struct listener {
  struct loop *loop;
  listener_accepted *accepted;
  unsigned port;
  struct listener_socket sockets[LISTENER_SOCKETS];
};

/* Reserves the port, 0 for a free one, and listens. [::1] is left out where the
 * host does not have it. 0, or -1 with errno set. */
int listener_open(struct listener *listener, struct loop *loop, unsigned port,
                  listener_accepted *accepted);

/* Also of a zeroed listener, that never was opened. */
void listener_close(struct listener *listener);

/* Listens, or refuses connections; twice the same is nothing. */
int listener_listen(struct listener *listener);
void listener_refuse(struct listener *listener);

#endif
