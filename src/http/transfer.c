#include "http/transfer.h"

#include "base/version.h"
#include "http/curl_compat.h"
#include "http/system_clock.h"
#include "probe/probe_kind.h"
#include "probe/prober.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long addresses are reused for relays with KeepAlive. */
static const usec names_kept = 60 * (usec)USEC_PER_SEC;

/* --- its socket ----------------------------------------------------------- */

/* Asks the kernel's routing table: connecting a datagram socket sends nothing.
 * Returns 0 or an errno. If the socket cannot be opened, on_socket() will find
 * out. */
static int find_route(const struct curl_sockaddr *address) {
  int probe = socket(address->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0)
    return errno == EAFNOSUPPORT ? errno : 0;
  int failed = connect(probe, &address->addr, address->addrlen) != 0;
  int why = failed ? errno : 0;
  close(probe);
  return why;
}

/* libcurl does not tell why it has none, and would leave it to the programs
 * that collectd's other plugins run. Of many addresses it tells what became of
 * the last: one that cannot be reached from here must not speak for a relay
 * that refused at another. */
static curl_socket_t on_socket(void *user, curlsocktype purpose,
                               struct curl_sockaddr *address) {
  (void)purpose;
  struct transfer *transfer = user;
  transfer->route_error = find_route(address);
  if (transfer->route_error != 0)
    return CURL_SOCKET_BAD;
  transfer->routed = true;
  int opened = socket(address->family, address->socktype | SOCK_CLOEXEC,
                      address->protocol);
  if (opened < 0) {
    transfer->socket_error = errno;
    return CURL_SOCKET_BAD;
  }
  transfer->socket_error = 0;
  return opened;
}

/* --- what is received --------------------------------------------------------
 */

static size_t on_header(char *line, size_t unit, size_t count, void *user) {
  struct transfer *transfer = user;
  size_t length = unit * count;
  return response_header(&transfer->response, line, length, system_wall())
             ? length
             : 0;
}

/* A connection can only be kept after the complete response. */
static bool may_stop(const struct transfer *transfer) {
  return transfer->response.complete && (transfer->response.headers.encoded ||
                                         !transfer->request->relay->keep_alive);
}

static bool on_chunks(struct transfer *transfer, const char *data,
                      size_t length, double now) {
  struct chunks *chunks = &transfer->chunks;
  const char *piece;
  size_t size;
  while (chunks_next(chunks, &data, &length, &piece, &size))
    if (!response_body(&transfer->response, piece, size, now))
      return false;
  if (chunks->state == CHUNKS_TOO_LARGE)
    transfer->response.too_large = true;
  return chunks->state != CHUNKS_BROKEN && chunks->state != CHUNKS_TOO_LARGE;
}

static size_t on_body(char *data, size_t unit, size_t count, void *user) {
  struct transfer *transfer = user;
  size_t length = unit * count;
  usec now = system_now();
  if (now >= *transfer->read_until) {
    transfer->paused_at = now;
    return CURL_WRITEFUNC_PAUSE;
  }
  struct response *response = &transfer->response;
  double since = seconds_of(now - transfer->started);
  bool chunked = response->headers.chunked && !response->headers.encoded;
  bool more = chunked ? on_chunks(transfer, data, length, since)
                      : response_body(response, data, length, since);
  transfer->stopped = may_stop(transfer);
  return more && !transfer->stopped ? length : 0;
}

/* --- its target's name ---------------------------------------------------- */

/* libcurl is about to look up the name, in a thread that it would wait for. */
static int on_resolve(void *state, void *reserved, void *user) {
  (void)state;
  (void)reserved;
  struct transfer *transfer = user;
  transfer->needs_lookup = true;
  return 1;
}

bool transfer_begins_with_lookup(const struct transfer *transfer) {
  return transfer->target->name != NULL &&
         !transfer->request->relay->keep_alive;
}

bool transfer_needs_lookup(const struct transfer *transfer) {
  return transfer->needs_lookup && transfer->lookup.result == LOOKUP_UNDER_WAY;
}

void transfer_start_lookup(struct transfer *transfer) {
  const struct target *target = transfer->target;
  resolver_start(target->resolver, target->name,
                 transfer->request->relay->keep_alive ? names_kept : 0,
                 &transfer->lookup);
}

static usec time_allowed(const struct transfer *transfer) {
  usec first_token = transfer->request->probe->first_token_timeout;
  usec timeout = transfer->request->timeout;
  return first_token < timeout && response_awaits_token(&transfer->response)
             ? first_token
             : timeout;
}

usec transfer_deadline(const struct transfer *transfer) {
  return transfer->started + time_allowed(transfer);
}

/* What was received while it was paused has not been read. */
bool transfer_is_silent(const struct transfer *transfer) {
  return response_awaits_token(&transfer->response) && !transfer->done &&
         transfer->lookup.name == NULL && transfer->paused_at == 0 &&
         system_now() >= transfer_deadline(transfer);
}

void transfer_end_silence(struct transfer *transfer) {
  transfer->silent = true;
  response_silence_text(&transfer->response, transfer->error,
                        sizeof transfer->error);
}

static CURLcode lookup_code(const struct transfer *transfer) {
  return transfer->lookup.result == LOOKUP_FOUND ? CURLE_OK
                                                 : CURLE_COULDNT_RESOLVE_HOST;
}

static void give_up_lookup(struct transfer *transfer) {
  usec allowed = time_allowed(transfer);
  resolver_cancel(transfer->target->resolver, &transfer->lookup);
  transfer->silent = allowed < transfer->request->timeout;
  snprintf(transfer->error, sizeof transfer->error,
           "the name lookup took longer than %.0f ms",
           seconds_of(allowed) * 1000);
}

bool transfer_is_looking_up(struct transfer *transfer, CURLcode *code) {
  usec now = system_now();
  transfer->before = now - transfer->started;
  if (resolver_poll(transfer->target->resolver, &transfer->lookup)) {
    *code = lookup_code(transfer);
    return false;
  }
  if (now < transfer_deadline(transfer))
    return true;
  give_up_lookup(transfer);
  *code = CURLE_OPERATION_TIMEDOUT;
  return false;
}

/* The cache has one entry at most. Entries set this way never expire: that of
 * an earlier request is removed. */
static struct curl_slist *names_of(struct transfer *transfer) {
  const char *authority = transfer->target->authority;
  struct curl_slist *forget = &transfer->resolve[0],
                    *know = &transfer->resolve[1], *first = NULL;
  if (transfer->lookup.result == LOOKUP_FOUND) {
    snprintf(transfer->know, sizeof transfer->know, "%s:%s", authority,
             transfer->lookup.addresses);
    *know = (struct curl_slist){transfer->know, NULL};
    first = know;
  }
  if (transfer->known[0] != '\0') {
    snprintf(transfer->forget, sizeof transfer->forget, "-%s", transfer->known);
    *forget = (struct curl_slist){transfer->forget, first};
    first = forget;
  }
  strcpy(transfer->known,
         transfer->lookup.result == LOOKUP_FOUND ? authority : "");
  return first;
}

/* --- its headers ---------------------------------------------------------- */

static bool is_configured(const struct relay_settings *relay, const char *name,
                          size_t length) {
  for (size_t i = 0; i < relay->header_count; i++)
    if (strncasecmp(relay->headers[i], name, length) == 0 &&
        relay->headers[i][length] == ':')
      return true;
  return false;
}

static struct curl_slist *prepend(struct curl_slist *header, char *text,
                                  struct curl_slist *rest) {
  *header = (struct curl_slist){text, rest};
  return header;
}

/* libcurl only reads the list, for as long as the request is in flight. */
static struct curl_slist *headers_of(struct transfer *transfer,
                                     const struct request *request,
                                     const struct target *target) {
  const struct prober *prober = request->probe->kind->prober;
  const char *version = prober->version_header, *name = prober->key_header;
  struct curl_slist *list =
      request->body != NULL ? target->post_headers : target->get_headers;
  if (version != NULL &&
      !is_configured(request->relay, version, strcspn(version, ":")))
    list = prepend(&transfer->headers[0], (char *)(uintptr_t)version, list);
  if (name == NULL || is_configured(request->relay, name, strlen(name)))
    return list;
  snprintf(transfer->key_header, sizeof transfer->key_header, "%s: %s", name,
           request->key);
  return prepend(&transfer->headers[1], transfer->key_header, list);
}

/* --- the handle ---------------------------------------------------------- */

bool transfer_init(struct transfer *transfer, size_t max_headers) {
  transfer->easy = curl_easy_init();
  transfer->names = curl_share_init();
  return response_init(&transfer->response, max_headers) &&
         transfer->easy != NULL && transfer->names != NULL &&
         curl_share_setopt(transfer->names, CURLSHOPT_SHARE,
                           CURL_LOCK_DATA_DNS) == CURLSHE_OK &&
         curl_easy_setopt(transfer->easy, CURLOPT_SHARE, transfer->names) ==
             CURLE_OK;
}

void transfer_free(struct transfer *transfer) {
  if (transfer->easy != NULL)
    curl_easy_cleanup(transfer->easy);
  if (transfer->names != NULL)
    curl_share_cleanup(transfer->names);
  response_free(&transfer->response);
}

/* Options of libcurl that fail only if memory runs out: one pending result, so
 * that a list of them reads as one. */
struct options {
  CURL *easy;
  CURLcode code;
};

#define SET(options, option, value)                                            \
  do {                                                                         \
    if ((options)->code == CURLE_OK)                                           \
      (options)->code = curl_easy_setopt((options)->easy, option, value);      \
  } while (0)

static void set_connection(struct options *options,
                           const struct relay_settings *relay) {
  static const long address_families[] = {[ADDRESS_ANY] =
                                              CURL_IPRESOLVE_WHATEVER,
                                          [ADDRESS_IPV4] = CURL_IPRESOLVE_V4,
                                          [ADDRESS_IPV6] = CURL_IPRESOLVE_V6};
  SET(options, CURLOPT_IPRESOLVE, address_families[relay->address_family]);
  /* Set even without one, so that the environment's proxies are not used. */
  SET(options, CURLOPT_PROXY, relay->proxy != NULL ? relay->proxy : "");
  SET(options, CURLOPT_NOPROXY, "");
  SET(options, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(options, CURLOPT_FORBID_REUSE, relay->keep_alive ? 0L : 1L);
  SET(options, CURLOPT_FRESH_CONNECT, relay->keep_alive ? 0L : 1L);
  SET(options, CURLOPT_SSL_SESSIONID_CACHE, relay->keep_alive ? 1L : 0L);
}

static void set_tls(struct options *options,
                    const struct relay_settings *relay) {
  SET(options, CURLOPT_SSL_VERIFYPEER, relay->verify_peer ? 1L : 0L);
  SET(options, CURLOPT_SSL_VERIFYHOST, relay->verify_host ? 2L : 0L);
  if (relay->ca_cert != NULL || !relay->verify_peer)
    SET(options, CURLOPT_CAINFO, relay->verify_peer ? relay->ca_cert : NULL);
  /* Without a folder of certificates the bundle is parsed once, not for each
   * connection, as long as all relays have the same; and CACert is the only
   * trust. */
  SET(options, CURLOPT_CAPATH, NULL);
  SET(options, CURLOPT_CERTINFO, 1L);
}

static void set_request(struct options *options, const struct request *request,
                        const struct curl_slist *headers) {
  SET(options, CURLOPT_URL, request->url);
  SET(options, COMPAT_PROTOCOLS, COMPAT_HTTP_ONLY);
  /* With HTTP/2, probes would share a connection. */
  SET(options, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(options, CURLOPT_FOLLOWLOCATION, 0L);
  SET(options, CURLOPT_HTTP_TRANSFER_DECODING, 0L); /* see chunks.h */
  SET(options, CURLOPT_USERAGENT, "collectd-holysheep/" HOLYSHEEP_VERSION);
  SET(options, CURLOPT_HTTPHEADER, headers);
  SET(options, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
  SET(options, CURLOPT_XOAUTH2_BEARER, request->key);
  SET(options, CURLOPT_NOSIGNAL, 1L);
  if (request->body != NULL) {
    SET(options, CURLOPT_POSTFIELDSIZE, (long)strlen(request->body));
    SET(options, CURLOPT_POSTFIELDS, request->body);
  }
}

static void set_callbacks(struct options *options, struct transfer *transfer) {
  SET(options, CURLOPT_PRIVATE, transfer);
  SET(options, CURLOPT_ERRORBUFFER, transfer->error);
  SET(options, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  SET(options, CURLOPT_OPENSOCKETDATA, transfer);
  SET(options, CURLOPT_HEADERFUNCTION, on_header);
  SET(options, CURLOPT_HEADERDATA, transfer);
  SET(options, CURLOPT_WRITEFUNCTION, on_body);
  SET(options, CURLOPT_WRITEDATA, transfer);
  SET(options, CURLOPT_SSL_CTX_FUNCTION, tls_watch);
  SET(options, CURLOPT_SSL_CTX_DATA, &transfer->tls);
}

bool transfer_prepare(struct transfer *transfer, const struct request *request,
                      const struct target *target, void *owner) {
  struct options options = {.easy = transfer->easy};
  curl_easy_reset(transfer->easy);
  set_request(&options, request, headers_of(transfer, request, target));
  set_connection(&options, request->relay);
  set_tls(&options, request->relay);
  set_callbacks(&options, transfer);
  if (options.code != CURLE_OK)
    return false;
  transfer->request = request;
  transfer->target = target;
  transfer->owner = owner;
  transfer->started = system_now();
  transfer->stalled = transfer->before = 0;
  transfer->paused = transfer->paused_at = 0;
  transfer->interrupted = transfer->needs_lookup = transfer->stopped = false;
  transfer->done = transfer->silent = false;
  transfer->lookup = (struct lookup){.result = LOOKUP_UNDER_WAY};
  transfer->socket_error = transfer->route_error = 0;
  transfer->routed = false;
  transfer->error[0] = '\0';
  transfer->tls = (struct tls){0};
  chunks_open(&transfer->chunks);
  response_open(&transfer->response, request);
  return true;
}

/* The look-up is part of it. */
static void set_timeout(struct options *options,
                        const struct transfer *transfer) {
  usec before = transfer->before, given = transfer->request->timeout;
  usec left = (before < given ? given - before : 1) + transfer->stalled +
              transfer->paused;
  /* libcurl takes 0 for no timeout. */
  long rounded_up = (long)((left + USEC_PER_MSEC - 1) / USEC_PER_MSEC);
  SET(options, CURLOPT_TIMEOUT_MS, rounded_up);
  SET(options, CURLOPT_CONNECTTIMEOUT_MS, rounded_up);
}

bool transfer_send(struct transfer *transfer) {
  struct options options = {.easy = transfer->easy};
  transfer->before = system_now() - transfer->started;
  transfer->needs_lookup = false;
  set_timeout(&options, transfer);
  SET(&options, CURLOPT_RESOLVE, names_of(transfer));
  if (transfer->target->name != NULL) {
    SET(&options, CURLOPT_RESOLVER_START_FUNCTION, on_resolve);
    SET(&options, CURLOPT_RESOLVER_START_DATA, transfer);
  }
  return options.code == CURLE_OK;
}

/* Moves the timeout and all times by this much. */
static void extend(struct transfer *transfer, usec time) {
  struct options options = {.easy = transfer->easy};
  transfer->started += time;
  if (transfer->lookup.name == NULL)
    set_timeout(&options, transfer);
}

void transfer_extend_deadline(struct transfer *transfer, usec since) {
  usec stalled = system_now() - since;
  if (transfer->started >= since || transfer->paused_at != 0)
    return; /* a pause counts by itself */
  transfer->interrupted = true;
  if (transfer->lookup.name == NULL)
    transfer->stalled += stalled;
  extend(transfer, stalled);
}

void transfer_add_pause(struct transfer *transfer) {
  usec now = system_now(), paused = now - transfer->paused_at;
  transfer->paused_at = now;
  transfer->paused += paused;
  extend(transfer, paused);
}

CURLcode transfer_resume(struct transfer *transfer) {
  transfer->paused_at = 0;
  return curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}
