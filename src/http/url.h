/* What the configuration has to know of a URL; parsed by libcurl. */
#ifndef HOLYSHEEP_URL_H
#define HOLYSHEEP_URL_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct url {
  bool plain;    /* http, not https */
  bool loopback; /* 127.0.0.0/8, ::1 or localhost, literally */
  bool credentials;
  bool query; /* has a query or a fragment */
  bool port;  /* has one of its own */
  bool ascii; /* the host's name is */
};

/* False, with an error that says what would be right. */
bool url_parse(const char *text, struct url *url, struct error *error);

/* The same for a proxy. */
bool url_parse_proxy(const char *text, struct error *error);

/* Where a URL that was parsed before connects to, an IPv6 address in brackets.
 * False without memory, or room. */
bool url_authority(const char *text, char *host, size_t size, unsigned *port);

#endif
