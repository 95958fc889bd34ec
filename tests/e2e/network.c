/* Preloaded into collectd: a network with faults that no test can count on
 * finding outside.
 *
 *   a name that begins with `hang.`     its look-up takes ten minutes
 *   a name that ends in `.test` else    does not exist
 *   the addresses 192.0.2.0/24          no route leads there */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  static const char unknown[] = ".test";
  size_t length = node != NULL ? strlen(node) : 0;
  if (length > 0 && strncmp(node, "hang.", 5) == 0)
    sleep(600);
  if (length >= strlen(unknown) &&
      strcmp(node + length - strlen(unknown), unknown) == 0)
    return EAI_NONAME;
  int (*real)(const char *, const char *, const struct addrinfo *,
              struct addrinfo **) = next("getaddrinfo");
  return real(node, service, hints, result);
}

int connect(int fd, const struct sockaddr *address, socklen_t size) {
  const struct sockaddr_in *v4 = (const void *)address;
  if (address->sa_family == AF_INET &&
      ntohl(v4->sin_addr.s_addr) >> 8 == 0xC00002) {
    errno = ENETUNREACH;
    return -1;
  }
  int (*real)(int, const struct sockaddr *, socklen_t) = next("connect");
  return real(fd, address, size);
}
