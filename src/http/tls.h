/* What OpenSSL knows about a connection's TLS: libcurl only reports it in
 * words, which differ between releases. */
#ifndef HOLYSHEEP_TLS_H
#define HOLYSHEEP_TLS_H

#include "model/cause.h"

#include <stdbool.h>

#include <curl/curl.h>

struct tls {
  const void *connection; /* whose handshake this request started; or NULL */
  bool alert;             /* the server sent one that is a failure */
  bool no_memory;         /* OpenSSL ran out of it in the handshake */
};

/* A CURLOPT_SSL_CTX_FUNCTION whose data is a struct tls. */
CURLcode tls_watch(CURL *easy, void *context, void *tls);

/* Why libcurl could not read the certificates to trust: CAUSE_CA_UNREADABLE,
 * or CAUSE_INTERNAL. `path` may be NULL: libcurl's own. */
enum cause tls_ca_cause(const char *path);

#endif
