/* Certificates made at run time: an authority, a good leaf, and leaves that a
 * client has to refuse. */
#ifndef RELAY_CERTIFICATE_H
#define RELAY_CERTIFICATE_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>

enum leaf {
  LEAF_GOOD, /* localhost, 127.0.0.1 and ::1 */
  LEAF_EXPIRED,
  LEAF_MISNAMED,
  LEAF_UNKNOWN_ISSUER,
  LEAF_COUNT,
};

struct certificates;

/* Makes all of them, and writes them (not their keys) into the folder. NULL
 * after a line on standard error. */
struct certificates *certificates_open(const char *dir);

/* Removes the files again if they are not to be kept. */
void certificates_close(struct certificates *certificates, bool keep_files);

/* What a handshake presents from now on. GnuTLS asks for it without telling
 * on whose behalf, so there is one choice for the process. */
void certificates_use(const struct certificates *certificates, enum leaf leaf);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
int certificates_retrieve(gnutls_session_t session,
                          const gnutls_datum_t *authorities, int count,
                          const gnutls_pk_algorithm_t *algorithms,
                          int algorithm_count, gnutls_pcert_st **chain,
                          unsigned *chain_length, gnutls_privkey_t *key);

#endif
