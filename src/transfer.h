/* One request on the wire, by libcurl. */
#ifndef HOLYSHEEP_TRANSFER_H
#define HOLYSHEEP_TRANSFER_H

#include "answer.h"
#include "chunks.h"
#include "clock.h"
#include "headers.h"
#include "key.h"
#include "outcome.h"
#include "settings.h"
#include "text.h"
#include "tls.h"

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

/* What is sent; all of it has to outlive the transfer. */
struct request {
  const struct relay_settings *relay;
  const struct probe_settings *probe;
  const char *url;
  const struct curl_slist *headers;
  const char *body;             /* NULL: a GET */
  const struct outcome *before; /* of the request that asked for this one */
  unsigned timeout_ms;
};

struct transfer {
  CURL *easy;
  const struct request *request;
  void *owner; /* whose request it is; NULL while there is none */
  usec begun;  /* moved on by what was unwatched, and paused */
  usec unwatched;
  usec paused;       /* in all, until `paused_at` */
  usec paused_at;    /* what has come since waits to be read; 0: nothing does */
  const usec *until; /* when no more is to be read in this step; or NULL */
  int socket_error;  /* of errno: why the last one could not be opened, or 0 */
  bool routed;       /* this host has a route to one of the addresses */
  int route_error;   /* of errno: why it has none to the last, or 0 */
  const char **secret_values; /* the key as it was sent, then as it is now, */
  struct secrets secrets;     /* then the configured headers' values */
  char key[KEY_MAX];
  struct tls tls;
  struct headers headers;
  struct chunks chunks; /* of a body that comes in chunks */
  char error[CURL_ERROR_SIZE];
  struct answer answer;
};

/* Allocates all that a request needs, so that none fails for it later; the
 * transfer has to be zeros. False without memory; transfer_free() is due then
 * as well. `most_headers` is the largest number of configured headers of a
 * relay. */
bool transfer_init(struct transfer *transfer, size_t most_headers);
void transfer_free(struct transfer *transfer);

/* Prepares the easy handle for the request and for its answer; the caller
 * adds it to its curl_multi. False: memory ran out. */
bool transfer_open(struct transfer *transfer, const struct request *request,
                   void *owner);

/* Nobody has looked after it since then: that time does not count, for its
 * timeout or its figures, if it had begun. To be called before libcurl is, or
 * it would call late what has long been there. */
void transfer_unwatched(struct transfer *transfer, usec since);

/* Others were read meanwhile: the time that it was paused does not count
 * either. To be called before libcurl is, like the above. */
void transfer_was_paused(struct transfer *transfer);

/* Reads on. What libcurl says is the end of it, unless it is CURLE_OK. */
CURLcode transfer_resume(struct transfer *transfer);

/* What became of it. To be called once libcurl is done with the handle, while
 * it may still be asked. */
void transfer_close(struct transfer *transfer, CURLcode code,
                    struct outcome *outcome);

/* Gives up a request that is still in flight. */
void transfer_abandon(struct transfer *transfer);

/* The request ended while a name was being looked up: the look-up goes on in
 * a thread of libcurl's, for as long as the resolver takes. */
bool transfer_left_lookup(const struct transfer *transfer, CURLcode code);

#endif
