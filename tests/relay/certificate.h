/* Certificates generated at run time: a CA, a valid leaf, and leaves that a
 * client must reject. */
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

/* Generates all of them and writes them (not their keys) to the directory.
 * Prints a line to standard error and returns NULL on failure. */
struct certificates *certificates_open(const char *dir);

/* Also removes the files, unless keep_files is set. */
void certificates_close(struct certificates *certificates, bool keep_files);

/* Selects the leaf that handshakes present from now on. The GnuTLS callback has
 * no context argument, so the choice is global. */
void certificates_use(const struct certificates *certificates, enum leaf leaf);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
int certificates_retrieve(gnutls_session_t session,
                          const gnutls_datum_t *authorities, int count,
                          const gnutls_pk_algorithm_t *algorithms,
                          int algorithm_count, gnutls_pcert_st **chain,
                          unsigned *chain_length, gnutls_privkey_t *key);

#endif
