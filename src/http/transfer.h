/* One request on the wire, by libcurl. */
#ifndef HOLYSHEEP_TRANSFER_H
#define HOLYSHEEP_TRANSFER_H

#include "base/clock.h"
#include "http/chunks.h"
#include "http/resolver.h"
#include "http/target.h"
#include "http/tls.h"
#include "model/probe_result.h"
#include "model/request.h"
#include "probe/response.h"

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

struct transfer {
  CURL *easy;
  const struct request *request;
  const struct target *target;
  void *owner;            /* whose request it is; NULL while there is none */
  usec started;           /* moved on by what was stalled and paused */
  usec stalled;           /* nobody looked after it, since it was sent */
  bool interrupted;       /* it was stalled for a while, before or since */
  usec before;            /* from its start until it was sent: the look-up */
  usec paused;            /* in all, until `paused_at` */
  usec paused_at;         /* what has arrived since waits to be read; or 0 */
  const usec *read_until; /* then no more is read in this step */
  struct transfer *next_done; /* of those that are over, with this code */
  CURLcode code;
  struct lookup lookup;
  bool needs_lookup;            /* libcurl would look the name up by itself */
  struct curl_slist resolve[2]; /* what libcurl is to forget, and to know */
  char known[AUTHORITY_MAX];    /* whom it was told of last, or empty */
  char forget[AUTHORITY_MAX + 1];
  char know[AUTHORITY_MAX + 1 + RESOLVER_ADDRESSES_MAX];
  CURLSH *names;    /* its own cache of them: others know them otherwise */
  int socket_error; /* of errno: why the last one could not be opened, or 0 */
  bool routed;      /* this host has a route to one of the addresses */
  int route_error;  /* of errno: why it has none to the last, or 0 */
  struct tls tls;
  struct chunks chunks; /* of a body that comes in chunks */
  bool stopped;         /* by us: all that matters had come */
  char error[CURL_ERROR_SIZE];
  struct response response; /* last: it is large */
};

/* Allocates all that a request needs, so that none fails for it later; the
 * transfer has to be zeros. False without memory; transfer_free() is due then
 * as well. `max_headers` is the largest number of configured headers of a
 * relay. */
bool transfer_init(struct transfer *transfer, size_t max_headers);
void transfer_free(struct transfer *transfer);

/* Begins with a request: prepares all that its response needs. False: memory
 * ran out. */
bool transfer_prepare(struct transfer *transfer, const struct request *request,
                      const struct target *target, void *owner);

/* Whether the target's name is to be looked up before libcurl is asked. A kept
 * connection needs none; without one libcurl says that it does. */
bool transfer_begins_with_lookup(const struct transfer *transfer);
bool transfer_needs_lookup(const struct transfer *transfer);

/* What was found for a relay whose connections are kept counts for a minute. */
void transfer_start_lookup(struct transfer *transfer);

/* Whether the look-up is still under way; else why the request is over, or
 * CURLE_OK: it is to be sent. */
bool transfer_is_looking_up(struct transfer *transfer, CURLcode *code);

/* When the look-up has taken too long. */
usec transfer_deadline(const struct transfer *transfer);

/* Makes the easy handle ready to be added to a curl_multi. False: memory ran
 * out. */
bool transfer_send(struct transfer *transfer);

/* Nobody has looked after it since then: that time does not count, for its
 * timeout or its figures, if it had started. To be called before libcurl is,
 * which would time out what arrived in the meantime. */
void transfer_extend_deadline(struct transfer *transfer, usec since);

/* Others were read meanwhile: the time that it was paused does not count
 * either. To be called before libcurl is, like the above. */
void transfer_add_pause(struct transfer *transfer);

/* Reads on. What libcurl says is the end of it, unless it is CURLE_OK. */
CURLcode transfer_resume(struct transfer *transfer);

/* What became of it. To be called once libcurl is done with the handle, while
 * it may still be asked. */
void transfer_finish(struct transfer *transfer, CURLcode code,
                     struct probe_result *result);

/* Gives up a request that is still in flight. */
void transfer_cancel(struct transfer *transfer);

#endif
