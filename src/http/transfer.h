/* One request on the wire, by libcurl. */
#ifndef HOLYSHEEP_TRANSFER_H
#define HOLYSHEEP_TRANSFER_H

#include "base/clock.h"
#include "http/chunks.h"
#include "http/resolver.h"
#include "http/target.h"
#include "http/tls.h"
#include "model/key.h"
#include "model/probe_result.h"
#include "model/request.h"
#include "probe/response.h"

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

/* A short name, and the key. */
enum { KEY_HEADER_MAX = 32 + KEY_MAX };

struct transfer {
  CURL *easy;
  size_t place; /* in the pool's order */
  const struct request *request;
  const struct target *target;
  void *owner;                /* whose request it is */
  usec started;               /* plus the time that it was stalled or paused */
  usec stalled;               /* how long after it was sent */
  bool interrupted;           /* it was stalled, before or since */
  usec before;                /* the time before it was sent: the look-up */
  usec paused;                /* in all, until `paused_at` */
  usec paused_at;             /* since then it waits to be read; or 0 */
  const usec *read_until;     /* after that, it is paused */
  bool done;                  /* it is one of the completed ones, */
  struct transfer *next_done; /* with this code */
  CURLcode code;
  bool silent; /* the first token did not come in time */
  struct lookup lookup;
  bool needs_lookup;            /* libcurl would look the name up by itself */
  struct curl_slist resolve[2]; /* the entries to remove and to add */
  char known[AUTHORITY_MAX];    /* the entry in the cache, or empty */
  char forget[AUTHORITY_MAX + 1];
  char know[AUTHORITY_MAX + 1 + RESOLVER_ADDRESSES_MAX];
  struct curl_slist headers[2]; /* of the API, before those of the target */
  char key_header[KEY_HEADER_MAX];
  CURLSH *names;    /* its own cache: relays do not share addresses */
  int socket_error; /* errno of the last one that failed to open, or 0 */
  bool routed;      /* this host has a route to one of the addresses */
  int route_error;  /* errno of the last address without one, or 0 */
  struct tls tls;
  struct chunks chunks; /* of a body that comes in chunks */
  bool stopped;         /* by us, as all that matters had been received */
  char error[CURL_ERROR_SIZE];
  struct response response; /* last: it is large */
};

/* Allocates everything that a request needs, so that none fails later. The
 * transfer has to be zeroed. False without memory; transfer_free() has to be
 * called then as well. `max_headers` is the largest number of configured
 * headers of a relay. */
bool transfer_init(struct transfer *transfer, size_t max_headers);
void transfer_free(struct transfer *transfer);

/* Prepares for a request. False: memory ran out. */
bool transfer_prepare(struct transfer *transfer, const struct request *request,
                      const struct target *target, void *owner);

/* Whether the target's name has to be looked up first. With KeepAlive there may
 * be a connection; if not, libcurl then says that it needs the name. */
bool transfer_begins_with_lookup(const struct transfer *transfer);
bool transfer_needs_lookup(const struct transfer *transfer);

/* With KeepAlive, addresses are reused for a minute. */
void transfer_start_lookup(struct transfer *transfer);

/* Whether the look-up is still under way. If not, `*code` is CURLE_OK and the
 * request can be sent, or it has failed. */
bool transfer_is_looking_up(struct transfer *transfer, CURLcode *code);

/* When the look-up times out; or the first token, if it is awaited. */
usec transfer_deadline(const struct transfer *transfer);

/* Whether the first token was to come by now. libcurl does not know of that
 * timeout. */
bool transfer_is_silent(const struct transfer *transfer);

/* Notes that, before the request ends with CURLE_OPERATION_TIMEDOUT. */
void transfer_end_silence(struct transfer *transfer);

/* Prepares the easy handle to be added to a multi handle. False: memory ran
 * out. */
bool transfer_send(struct transfer *transfer);

/* The transport was not driven since then: that time does not count for
 * timeouts and figures. Has to be called before libcurl is, which would time
 * out what has arrived in the meantime. */
void transfer_extend_deadline(struct transfer *transfer, usec since);

/* The time for which it was paused does not count either. Has to be called
 * before libcurl is, too. */
void transfer_add_pause(struct transfer *transfer);

/* Reads on. Any code but CURLE_OK ends the request. */
CURLcode transfer_resume(struct transfer *transfer);

/* The result. Has to be called when libcurl is done with the handle, before the
 * next request. */
void transfer_finish(struct transfer *transfer, CURLcode code,
                     struct probe_result *result);

/* Cancels a request in flight. */
void transfer_cancel(struct transfer *transfer);

#endif
