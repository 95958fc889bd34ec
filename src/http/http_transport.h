/* The transport of the plugin and of holysheep-check: libcurl, on the system's
 * clock. */
#ifndef HOLYSHEEP_HTTP_TRANSPORT_H
#define HOLYSHEEP_HTTP_TRANSPORT_H

#include "engine/transport.h"
#include "model/settings.h"

#include <stdbool.h>

/* Initialises libcurl and OpenSSL for the whole process. False: libcurl cannot
 * be used. */
bool http_init(void);
void http_cleanup(void);

/* For the relays of `settings`, which have to outlive it, and for
 * max_connections requests at a time. NULL without memory. */
struct transport *http_transport_new(const struct settings *settings);

/* No request may be in flight. */
void http_transport_free(struct transport *transport);

#endif
