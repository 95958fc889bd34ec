/* How libcurl reads a URL. */
#ifndef HOLYSHEEP_URL_H
#define HOLYSHEEP_URL_H

#include "model/url.h"

#include <stddef.h>

extern const struct url_rules http_url_rules;

/* Where a URL that was parsed before connects to, an IPv6 address in brackets.
 * False without memory, or room. */
bool url_authority(const char *text, char *host, size_t size, unsigned *port);

#endif
