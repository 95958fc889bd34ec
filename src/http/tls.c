#include "http/tls.h"

#include <errno.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Whether the first error, which causes the others, was that this host ran out
 * of memory or files. */
static bool lacks_resources(void) {
  unsigned long error = ERR_peek_error();
  int reason = ERR_GET_REASON(error);
  if (ERR_GET_LIB(error) == ERR_LIB_SYS)
    return reason == ENOMEM || reason == EMFILE || reason == ENFILE;
  return reason == ERR_R_MALLOC_FAILURE;
}

/* --- one connection ------------------------------------------------------ */

static int tls_index(void) {
  static int index = -1;
  if (index < 0)
    index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
  return index;
}

/* Two alerts only announce the end of a connection. */
static bool is_failure(int alert) {
  int description = alert & 0xFF;
  return description != SSL_AD_CLOSE_NOTIFY &&
         description != SSL_AD_USER_CANCELLED;
}

/* A kept connection only counts for the request that opened it: its
 * transfer may have another by now. */
static void on_info(const SSL *ssl, int where, int value) {
  struct tls *tls = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), tls_index());
  if (where == SSL_CB_HANDSHAKE_START)
    tls->connection = ssl;
  if (tls->connection != ssl)
    return;
  if (where == SSL_CB_READ_ALERT && is_failure(value))
    tls->alert = true;
  if (where == SSL_CB_CONNECT_EXIT && value <= 0 && lacks_resources())
    tls->no_memory = true;
}

CURLcode tls_watch(CURL *easy, void *context, void *tls) {
  (void)easy;
  if (!SSL_CTX_set_ex_data(context, tls_index(), tls))
    return CURLE_OUT_OF_MEMORY;
  SSL_CTX_set_info_callback(context, on_info);
  return CURLE_OK;
}

/* --- the certificates to trust ------------------------------------------- */

enum cause tls_ca_cause(const char *path) {
  X509_STORE *store = X509_STORE_new();
  if (path == NULL)
    path = curl_version_info(CURLVERSION_NOW)->cainfo;
  ERR_clear_error();
  bool unread = store != NULL && path != NULL &&
                X509_STORE_load_locations(store, path, NULL) != 1;
  bool internal = store == NULL || (unread && lacks_resources());
  ERR_clear_error();
  X509_STORE_free(store);
  return internal ? CAUSE_INTERNAL : CAUSE_CA_UNREADABLE;
}
