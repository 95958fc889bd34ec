/* One request on the wire, by libcurl. */
#ifndef HOLYSHEEP_TRANSFER_H
#define HOLYSHEEP_TRANSFER_H

#include "base/clock.h"
#include "base/text.h"
#include "http/chunks.h"
#include "http/peer.h"
#include "http/tls.h"
#include "model/key.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "probe/answer.h"
#include "probe/headers.h"

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

/* What is sent; all of it has to outlive the transfer. */
struct request {
  const struct relay_settings *relay;
  const struct peer *peer;
  const struct probe_settings *probe;
  const char *url;
  const struct curl_slist *headers;
  const char *body; /* NULL: a GET */
  const struct probe_result
      *before; /* of the request that asked for this one */
  usec timeout;
};

struct transfer {
  CURL *easy;
  const struct request *request;
  void *owner;       /* whose request it is; NULL while there is none */
  usec begun;        /* moved on by what was unwatched, and paused */
  usec unwatched;    /* since it was sent */
  bool interrupted;  /* it was unwatched for a while, before or since */
  usec before;       /* from its beginning until it was sent: the look-up */
  usec paused;       /* in all, until `paused_at` */
  usec paused_at;    /* what has come since waits to be read; 0: nothing does */
  const usec *until; /* when no more is to be read in this step; or NULL */
  struct lookup lookup;
  bool wants_name;                /* libcurl would look it up by itself */
  struct curl_slist resolve[2];   /* what libcurl is to forget, and to know */
  char known[PEER_AUTHORITY_MAX]; /* whom it was told of last, or empty */
  char forget[PEER_AUTHORITY_MAX + 1];
  char know[PEER_AUTHORITY_MAX + 1 + RESOLVER_ADDRESSES_MAX];
  CURLSH *names;    /* its own cache of them: others know them otherwise */
  int socket_error; /* of errno: why the last one could not be opened, or 0 */
  bool routed;      /* this host has a route to one of the addresses */
  int route_error;  /* of errno: why it has none to the last, or 0 */
  const char **secret_values; /* the key as it was sent, then as it is now, */
  struct secrets secrets;     /* then the configured headers' values */
  char key[KEY_MAX];
  struct tls tls;
  struct headers headers;
  struct chunks chunks; /* of a body that comes in chunks */
  bool enough;          /* it was us who ended it: all that matters came */
  char error[CURL_ERROR_SIZE];
  struct answer answer;
};

/* Allocates all that a request needs, so that none fails for it later; the
 * transfer has to be zeros. False without memory; transfer_free() is due then
 * as well. `max_headers` is the largest number of configured headers of a
 * relay. */
bool transfer_init(struct transfer *transfer, size_t max_headers);
void transfer_free(struct transfer *transfer);

/* Begins with a request: prepares all that its answer needs. False: memory ran
 * out. */
bool transfer_prepare(struct transfer *transfer, const struct request *request,
                      void *owner);

/* Whether the peer's name is to be looked up before libcurl is asked. A kept
 * connection needs none; without one libcurl says that it wants it. */
bool transfer_begins_with_name(const struct transfer *transfer);
bool transfer_wants_name(const struct transfer *transfer);

/* Asks for the name. What was found for a relay whose connections are kept
 * counts for a minute. */
void transfer_ask(struct transfer *transfer);

/* Whether the look-up is still under way; else why the request is over, or
 * CURLE_OK: it is to be sent. */
bool transfer_is_asking(struct transfer *transfer, CURLcode *code);

/* When the look-up has taken too long. */
usec transfer_deadline(const struct transfer *transfer);

/* Makes the easy handle ready to be added to a curl_multi. False: memory ran
 * out. */
bool transfer_send(struct transfer *transfer);

/* All of that at once, until there is an outcome. The request needs no peer. */
void transfer_perform(struct transfer *transfer, struct request request,
                      struct probe_result *result);

/* Nobody has looked after it since then: that time does not count, for its
 * timeout or its figures, if it had begun. To be called before libcurl is, or
 * it would call late what has long been there. */
void transfer_extend_deadline(struct transfer *transfer, usec since);

/* Others were read meanwhile: the time that it was paused does not count
 * either. To be called before libcurl is, like the above. */
void transfer_was_paused(struct transfer *transfer);

/* Reads on. What libcurl says is the end of it, unless it is CURLE_OK. */
CURLcode transfer_resume(struct transfer *transfer);

/* What became of it. To be called once libcurl is done with the handle, while
 * it may still be asked. */
void transfer_finish(struct transfer *transfer, CURLcode code,
                     struct probe_result *result);

/* Gives up a request that is still in flight. */
void transfer_cancel(struct transfer *transfer);

#endif
