#define _GNU_SOURCE 1
#include "listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, MAX_ACCEPTS_PER_TURN = 64 };

static int bind_socket(const struct listener_socket *one) {
  const int on = 1;
  int family = one->address.any.sa_family;
  int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return -1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (family == AF_INET6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  if (bind(fd, &one->address.any, one->size) == 0)
    return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static void socket_ready(struct watcher *watcher, uint32_t events) {
  (void)events;
  struct listener_socket *one =
      (struct listener_socket *)((char *)watcher -
                                 offsetof(struct listener_socket, watcher));
  for (int i = 0; i < MAX_ACCEPTS_PER_TURN; i++) {
    struct sockaddr_storage from;
    socklen_t size = sizeof(from);
    int fd = accept4(watcher->fd, (struct sockaddr *)&from, &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    one->listener->accepted(one->listener, fd, (struct sockaddr *)&from, size);
  }
}

/* Everything but the port. */
static void listener_set_addresses(struct listener *listener) {
  for (int i = 0; i < LISTENER_SOCKETS; i++) {
    listener->sockets[i] = (struct listener_socket){
        .listener = listener,
        .reserved = -1,
        .watcher = {.fd = -1, .ready = socket_ready},
    };
  }
  struct listener_socket *one = &listener->sockets[0];
  one->address.ipv4 = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  one->size = sizeof(one->address.ipv4);
  one = &listener->sockets[1];
  one->address.ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                            .sin6_addr = in6addr_loopback};
  one->size = sizeof(one->address.ipv6);
}

static int listener_reserve(struct listener *listener, unsigned port) {
  struct listener_socket *ipv4 = &listener->sockets[0];
  struct listener_socket *ipv6 = &listener->sockets[1];
  ipv4->address.ipv4.sin_port = htons((uint16_t)port);
  ipv4->reserved = bind_socket(ipv4);
  if (ipv4->reserved < 0 ||
      getsockname(ipv4->reserved, &ipv4->address.any, &ipv4->size) != 0)
    return -1;
  listener->port = ntohs(ipv4->address.ipv4.sin_port);
  ipv6->address.ipv6.sin6_port = ipv4->address.ipv4.sin_port;
  ipv6->reserved = bind_socket(ipv6);
  return 0;
}

static void socket_refuse(struct listener_socket *one) {
  struct watcher *watcher = &one->watcher;
  if (watcher->fd < 0)
    return;
  loop_remove_watcher(one->listener->loop, watcher);
  close(watcher->fd);
  watcher->fd = -1;
}

static int socket_listen(struct listener_socket *one) {
  struct watcher *watcher = &one->watcher;
  if (one->reserved < 0 || watcher->fd >= 0)
    return 0;
  watcher->fd = bind_socket(one);
  if (watcher->fd < 0)
    return -1;
  if (listen(watcher->fd, BACKLOG) == 0 &&
      loop_add_watcher(one->listener->loop, watcher, EPOLLIN) == 0)
    return 0;
  int error = errno;
  socket_refuse(one);
  errno = error;
  return -1;
}

int listener_open(struct listener *listener, struct event_loop *loop,
                  unsigned port, listener_accepted *accepted) {
  listener->loop = loop;
  listener->accepted = accepted;
  listener_set_addresses(listener);
  if (listener_reserve(listener, port) != 0)
    return -1;
  return listener_listen(listener);
}

int listener_listen(struct listener *listener) {
  for (int i = 0; i < LISTENER_SOCKETS; i++) {
    if (socket_listen(&listener->sockets[i]) != 0)
      return -1;
  }
  return 0;
}

void listener_refuse(struct listener *listener) {
  for (int i = 0; i < LISTENER_SOCKETS; i++)
    socket_refuse(&listener->sockets[i]);
}

void listener_close(struct listener *listener) {
  if (listener->loop == NULL)
    return;
  listener_refuse(listener);
  for (int i = 0; i < LISTENER_SOCKETS; i++) {
    if (listener->sockets[i].reserved >= 0)
      close(listener->sockets[i].reserved);
  }
}
