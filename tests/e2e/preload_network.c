/* Preloaded into collectd: network faults that no test can rely on finding
 * outside.
 *
 *   names that begin with `hang.`    the look-up takes ten minutes
 *   names that begin with `slow.`    127.0.0.1, after 300 ms
 *   names that begin with `dual.`    127.0.0.1, then 2001:db8::1
 *   other names that end in `.test`  do not exist
 *   192.0.2.0/24 and 2001:db8::/32   have no route
 *
 * With HOLYSHEEP_NO_FILES, socket() fails with EMFILE. Each name looked up is
 * appended to the file named by HOLYSHEEP_LOOK_UPS. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

typedef int lookup_function(const char *, const char *, const struct addrinfo *,
                            struct addrinfo **);

/* freeaddrinfo() frees the entries of a list one by one, so lists may be
 * concatenated. */
static int lookup_dual(lookup_function *real, const char *service,
                       const struct addrinfo *hints, struct addrinfo **result) {
  struct addrinfo one = *hints, **end = result;
  *result = NULL;
  one.ai_flags = AI_NUMERICHOST;
  if (hints->ai_family != AF_INET6 &&
      real("127.0.0.1", service, &one, end) == 0)
    while (*end != NULL)
      end = &(*end)->ai_next;
  if (hints->ai_family != AF_INET)
    real("2001:db8::1", service, &one, end);
  return *result != NULL ? 0 : EAI_NONAME;
}

static void log_lookup(const char *node) {
  const char *path = getenv("HOLYSHEEP_LOOK_UPS");
  int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (fd < 0)
    return;
  dprintf(fd, "%s\n", node);
  close(fd);
}

int getaddrinfo(const char *node, const char *service,
                const struct addrinfo *hints, struct addrinfo **result) {
  lookup_function *real = next("getaddrinfo");
  static const char unknown[] = ".test";
  size_t length = node != NULL ? strlen(node) : 0;
  if (length > 0)
    log_lookup(node);
  if (length > 0 && strncmp(node, "slow.", 5) == 0) {
    usleep(300 * 1000);
    return real("127.0.0.1", service, hints, result);
  }
  if (length > 0 && strncmp(node, "hang.", 5) == 0)
    sleep(600);
  if (length > 0 && strncmp(node, "dual.", 5) == 0)
    return lookup_dual(real, service, hints, result);
  if (length >= strlen(unknown) &&
      strcmp(node + length - strlen(unknown), unknown) == 0)
    return EAI_NONAME;
  return real(node, service, hints, result);
}

static int is_unroutable(const struct sockaddr *address) {
  static const unsigned char prefix[] = {0x20, 0x01, 0x0D, 0xB8};
  const struct sockaddr_in *v4 = (const void *)address;
  const struct sockaddr_in6 *v6 = (const void *)address;
  switch (address->sa_family) {
  case AF_INET:
    return ntohl(v4->sin_addr.s_addr) >> 8 == 0xC00002;
  case AF_INET6:
    return memcmp(&v6->sin6_addr, prefix, sizeof prefix) == 0;
  default:
    return 0;
  }
}

int socket(int domain, int type, int protocol) {
  if (getenv("HOLYSHEEP_NO_FILES") != NULL &&
      (domain == AF_INET || domain == AF_INET6)) {
    errno = EMFILE;
    return -1;
  }
  int (*real)(int, int, int) = next("socket");
  return real(domain, type, protocol);
}

int connect(int fd, const struct sockaddr *address, socklen_t size) {
  if (is_unroutable(address)) {
    errno = ENETUNREACH;
    return -1;
  }
  int (*real)(int, const struct sockaddr *, socklen_t) = next("connect");
  return real(fd, address, size);
}
