/* Requests by libcurl: the transport that the plugin and holysheep-check have.
 * Its times are those of the system's clock. */
#ifndef HOLYSHEEP_HTTP_TRANSPORT_H
#define HOLYSHEEP_HTTP_TRANSPORT_H

#include "engine/transport.h"
#include "model/settings.h"

#include <stdbool.h>

/* libcurl and OpenSSL, for the whole process: before all else here, and after
 * it. False: libcurl cannot be used. */
bool http_init(void);
void http_cleanup(void);

/* For the relays of `settings`, which have to outlive it, and for as many
 * requests at a time as they allow. NULL without memory. */
struct transport *http_transport_new(const struct settings *settings);

/* All requests have to be over, or given up. */
void http_transport_free(struct transport *transport);

#endif
