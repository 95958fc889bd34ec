#define _GNU_SOURCE 1
#include "certificate.h"

#include "buffer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRY(request)                                                           \
  do {                                                                         \
    int result_ = (request);                                                   \
    if (result_ < 0)                                                           \
      return result_;                                                          \
  } while (0)

enum { DAY = 86400 };

enum issuer { ISSUER_OWN, ISSUER_UNKNOWN, ISSUER_COUNT };

struct authority {
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
};

struct certificates {
  char *dir;
  struct authority authorities[ISSUER_COUNT];
  gnutls_x509_privkey_t leaf_key; /* shared by all leaves */
  gnutls_privkey_t
      signer; /* the same key, in the form that a handshake needs */
  gnutls_x509_crt_t leaves[LEAF_COUNT];
  gnutls_pcert_st chains[LEAF_COUNT];
  bool chain_imported[LEAF_COUNT];
};

static const struct {
  const char *file;
  const char *name;
} authority_specs[ISSUER_COUNT] = {
    [ISSUER_OWN] = {"ca.pem", "CN=holysheep-relay authority"},
    [ISSUER_UNKNOWN] = {"unknown-ca.pem", "CN=nobody knows this authority"},
};

static const struct {
  const char *file;
  const char *name;
  enum issuer issuer;
  bool is_local; /* also valid for 127.0.0.1 and ::1 */
  int from_day, to_day;
} leaf_specs[LEAF_COUNT] = {
    [LEAF_GOOD] = {"localhost.pem", "localhost", ISSUER_OWN, true, -1, 90},
    [LEAF_EXPIRED] = {"expired.pem", "localhost", ISSUER_OWN, true, -90, -1},
    [LEAF_MISNAMED] = {"misnamed.pem", "elsewhere.example", ISSUER_OWN, false,
                       -1, 90},
    [LEAF_UNKNOWN_ISSUER] = {"unknown-issuer.pem", "localhost", ISSUER_UNKNOWN,
                             true, -1, 90},
};

static const struct certificates *in_use;
static enum leaf leaf_in_use;

static int make_key(gnutls_x509_privkey_t *key) {
  TRY(gnutls_x509_privkey_init(key));
  return gnutls_x509_privkey_generate(
      *key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
      0);
}

/* Sets what all certificates have: key, serial number, validity. */
static int begin_certificate(gnutls_x509_crt_t *certificate,
                             gnutls_x509_privkey_t key, time_t from,
                             time_t to) {
  unsigned char serial[16];
  TRY(gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial)));
  serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40); /* positive */
  TRY(gnutls_x509_crt_init(certificate));
  TRY(gnutls_x509_crt_set_version(*certificate, 3));
  TRY(gnutls_x509_crt_set_serial(*certificate, serial, sizeof(serial)));
  TRY(gnutls_x509_crt_set_activation_time(*certificate, from));
  TRY(gnutls_x509_crt_set_expiration_time(*certificate, to));
  return gnutls_x509_crt_set_key(*certificate, key);
}

static int set_key_id(gnutls_x509_crt_t certificate,
                      gnutls_x509_privkey_t subject,
                      gnutls_x509_privkey_t issuer) {
  unsigned char id[64];
  size_t size = sizeof(id);
  TRY(gnutls_x509_privkey_get_key_id(subject, 0, id, &size));
  TRY(gnutls_x509_crt_set_subject_key_id(certificate, id, size));
  size = sizeof(id);
  TRY(gnutls_x509_privkey_get_key_id(issuer, 0, id, &size));
  return gnutls_x509_crt_set_authority_key_id(certificate, id, size);
}

static int make_authority(struct authority *authority, const char *name) {
  time_t now = time(NULL);
  TRY(make_key(&authority->key));
  TRY(begin_certificate(&authority->certificate, authority->key,
                        now - 365 * DAY, now + 365 * DAY));
  gnutls_x509_crt_t certificate = authority->certificate;
  TRY(gnutls_x509_crt_set_dn(certificate, name, NULL));
  TRY(gnutls_x509_crt_set_basic_constraints(certificate, 1, 0));
  TRY(gnutls_x509_crt_set_key_usage(certificate, GNUTLS_KEY_KEY_CERT_SIGN));
  TRY(set_key_id(certificate, authority->key, authority->key));
  return gnutls_x509_crt_sign2(certificate, certificate, authority->key,
                               GNUTLS_DIG_SHA256, 0);
}

static int add_local_addresses(gnutls_x509_crt_t certificate) {
  struct in_addr ipv4 = {.s_addr = htonl(INADDR_LOOPBACK)};
  TRY(gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS,
                                           &ipv4, sizeof(ipv4),
                                           GNUTLS_FSAN_APPEND));
  return gnutls_x509_crt_set_subject_alt_name(
      certificate, GNUTLS_SAN_IPADDRESS, &in6addr_loopback,
      sizeof(in6addr_loopback), GNUTLS_FSAN_APPEND);
}

static int make_leaf(struct certificates *all, enum leaf leaf) {
  time_t now = time(NULL);
  const char *name = leaf_specs[leaf].name;
  const struct authority *issuer = &all->authorities[leaf_specs[leaf].issuer];
  gnutls_x509_crt_t *certificate = &all->leaves[leaf];
  TRY(begin_certificate(certificate, all->leaf_key,
                        now + leaf_specs[leaf].from_day * DAY,
                        now + leaf_specs[leaf].to_day * DAY));
  TRY(gnutls_x509_crt_set_dn_by_oid(*certificate, GNUTLS_OID_X520_COMMON_NAME,
                                    0, name, (unsigned)strlen(name)));
  TRY(gnutls_x509_crt_set_subject_alt_name(*certificate, GNUTLS_SAN_DNSNAME,
                                           name, (unsigned)strlen(name),
                                           GNUTLS_FSAN_SET));
  if (leaf_specs[leaf].is_local)
    TRY(add_local_addresses(*certificate));
  TRY(gnutls_x509_crt_set_basic_constraints(*certificate, 0, -1));
  TRY(gnutls_x509_crt_set_key_usage(*certificate,
                                    GNUTLS_KEY_DIGITAL_SIGNATURE));
  TRY(gnutls_x509_crt_set_key_purpose_oid(*certificate,
                                          GNUTLS_KP_TLS_WWW_SERVER, 0));
  TRY(set_key_id(*certificate, all->leaf_key, issuer->key));
  TRY(gnutls_x509_crt_sign2(*certificate, issuer->certificate, issuer->key,
                            GNUTLS_DIG_SHA256, 0));
  TRY(gnutls_pcert_import_x509(&all->chains[leaf], *certificate, 0));
  all->chain_imported[leaf] = true;
  return 0;
}

static int make_all(struct certificates *all) {
  for (enum issuer issuer = 0; issuer < ISSUER_COUNT; issuer++)
    TRY(make_authority(&all->authorities[issuer],
                       authority_specs[issuer].name));
  TRY(make_key(&all->leaf_key));
  TRY(gnutls_privkey_init(&all->signer));
  TRY(gnutls_privkey_import_x509(all->signer, all->leaf_key, 0));
  for (enum leaf leaf = 0; leaf < LEAF_COUNT; leaf++)
    TRY(make_leaf(all, leaf));
  return 0;
}

static const char *file_path(const struct certificates *all, const char *file,
                             struct buffer *path) {
  path->size = 0;
  buffer_add_format(path, "%s/%s", all->dir, file);
  return buffer_text(path);
}

static int write_pem(const struct certificates *all, const char *file,
                     gnutls_x509_crt_t certificate) {
  gnutls_datum_t pem;
  TRY(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &pem));
  struct buffer path = {0};
  int result = GNUTLS_E_FILE_ERROR;
  FILE *out = fopen(file_path(all, file, &path), "w");
  if (out != NULL) {
    size_t written = fwrite(pem.data, 1, pem.size, out);
    if (fclose(out) == 0 && written == pem.size)
      result = 0;
  }
  buffer_close(&path);
  gnutls_free(pem.data);
  return result;
}

static int write_all(const struct certificates *all) {
  for (enum issuer i = 0; i < ISSUER_COUNT; i++)
    TRY(write_pem(all, authority_specs[i].file,
                  all->authorities[i].certificate));
  for (enum leaf leaf = 0; leaf < LEAF_COUNT; leaf++)
    TRY(write_pem(all, leaf_specs[leaf].file, all->leaves[leaf]));
  return 0;
}

static void remove_all(const struct certificates *all) {
  struct buffer path = {0};
  for (enum issuer i = 0; i < ISSUER_COUNT; i++)
    unlink(file_path(all, authority_specs[i].file, &path));
  for (enum leaf leaf = 0; leaf < LEAF_COUNT; leaf++)
    unlink(file_path(all, leaf_specs[leaf].file, &path));
  buffer_close(&path);
}

struct certificates *certificates_open(const char *dir) {
  struct certificates *all = xcalloc(sizeof(*all));
  all->dir = memcpy(xcalloc(strlen(dir) + 1), dir, strlen(dir));
  int result = make_all(all);
  if (result >= 0)
    result = write_all(all);
  if (result < 0) {
    fprintf(stderr, "holysheep-relay: certificates in %s: %s\n", dir,
            result == GNUTLS_E_FILE_ERROR ? strerror(errno)
                                          : gnutls_strerror(result));
    certificates_close(all, false);
    return NULL;
  }
  certificates_use(all, LEAF_GOOD);
  return all;
}

void certificates_close(struct certificates *all, bool keep_files) {
  if (all == NULL)
    return;
  if (!keep_files)
    remove_all(all);
  for (enum leaf leaf = 0; leaf < LEAF_COUNT; leaf++) {
    if (all->chain_imported[leaf])
      gnutls_pcert_deinit(&all->chains[leaf]);
    gnutls_x509_crt_deinit(all->leaves[leaf]);
  }
  for (enum issuer i = 0; i < ISSUER_COUNT; i++) {
    gnutls_x509_crt_deinit(all->authorities[i].certificate);
    gnutls_x509_privkey_deinit(all->authorities[i].key);
  }
  gnutls_privkey_deinit(all->signer);
  gnutls_x509_privkey_deinit(all->leaf_key);
  free(all->dir);
  free(all);
}

void certificates_use(const struct certificates *certificates, enum leaf leaf) {
  in_use = certificates;
  leaf_in_use = leaf;
}

int certificates_retrieve(gnutls_session_t session,
                          const gnutls_datum_t *authorities, int count,
                          const gnutls_pk_algorithm_t *algorithms,
                          int algorithm_count, gnutls_pcert_st **chain,
                          unsigned *chain_length, gnutls_privkey_t *key) {
  (void)session;
  (void)authorities;
  (void)count;
  (void)algorithms;
  (void)algorithm_count;
  /* GnuTLS neither changes nor frees them. */
  *chain = (gnutls_pcert_st *)&in_use->chains[leaf_in_use];
  *chain_length = 1;
  *key = in_use->signer;
  return 0;
}
