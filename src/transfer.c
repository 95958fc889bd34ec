#include "transfer.h"

#include "memory.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SECRET_LEAST = 4 }; /* bytes of a header's value */

/* --- its socket ----------------------------------------------------------- */

/* Asks the kernel's routing table: connecting a socket of datagrams sends
 * nothing. 0, or an errno. Without such a socket the real one will tell. */
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

/* --- what arrives -------------------------------------------------------- */

static size_t on_header(char *line, size_t unit, size_t count, void *user) {
  struct transfer *transfer = user;
  size_t length = unit * count;
  return headers_take(&transfer->headers, line, length, clock_wall()) ? length
                                                                      : 0;
}

/* Behind a stream's end the connection may stay open for ever. One that is to
 * be kept is worth waiting for its own end. A coding that nobody asked for is
 * not undone. */
static bool is_enough(const struct transfer *transfer) {
  return transfer->headers.encoded || (transfer->answer.body.marked_end &&
                                       !transfer->request->relay->keep_alive);
}

static bool take_chunks(struct transfer *transfer, const char *data,
                        size_t length, double now) {
  struct chunks *chunks = &transfer->chunks;
  const char *piece;
  size_t size;
  while (chunks_next(chunks, &data, &length, &piece, &size))
    if (!answer_feed(&transfer->answer, piece, size, now))
      return false;
  if (chunks->state == CHUNKS_TOO_LARGE)
    transfer->answer.too_large = true;
  return chunks->state != CHUNKS_BROKEN && chunks->state != CHUNKS_TOO_LARGE;
}

static size_t on_body(char *data, size_t unit, size_t count, void *user) {
  struct transfer *transfer = user;
  size_t length = unit * count;
  usec came = clock_now();
  if (transfer->until != NULL && came >= *transfer->until) {
    transfer->paused_at = came;
    return CURL_WRITEFUNC_PAUSE;
  }
  double now = (double)(came - transfer->begun) / USEC_PER_SEC;
  bool more = !transfer->headers.encoded &&
              (transfer->headers.chunked
                   ? take_chunks(transfer, data, length, now)
                   : answer_feed(&transfer->answer, data, length, now));
  return more && !is_enough(transfer) ? length : 0;
}

/* --- the handle ---------------------------------------------------------- */

bool transfer_init(struct transfer *transfer, size_t most_headers) {
  transfer->secret_values =
      calloc(most_headers + 2, sizeof *transfer->secret_values);
  transfer->easy = curl_easy_init();
  return transfer->secret_values != NULL && transfer->easy != NULL;
}

void transfer_free(struct transfer *transfer) {
  if (transfer->easy != NULL)
    curl_easy_cleanup(transfer->easy);
  free(transfer->secret_values);
  memset(transfer->key, 0, sizeof transfer->key);
}

/* The key may be another one by the time that the answer shows this one. */
static void keep_secrets(struct transfer *transfer,
                         const struct relay_settings *relay) {
  size_t count = 0;
  memcpy(transfer->key, relay->key.value, sizeof transfer->key);
  transfer->secret_values[count++] = transfer->key;
  transfer->secret_values[count++] = relay->key.value;
  for (size_t i = 0; i < relay->header_count; i++) {
    const char *value = header_value(relay->headers[i]);
    if (strlen(value) >= SECRET_LEAST) /* a version is in every text */
      transfer->secret_values[count++] = value;
  }
  transfer->secrets = (struct secrets){transfer->secret_values, count};
}

/* Options of libcurl that can fail only for want of memory: one pending
 * result, so that a list of them reads as one. */
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
  static const long families[] = {[ADDRESS_ANY] = CURL_IPRESOLVE_WHATEVER,
                                  [ADDRESS_IPV4] = CURL_IPRESOLVE_V4,
                                  [ADDRESS_IPV6] = CURL_IPRESOLVE_V6};
  SET(options, CURLOPT_IPRESOLVE, families[relay->address_family]);
  /* Set, if to nothing, so that the environment's proxies have no say. */
  SET(options, CURLOPT_PROXY, relay->proxy != NULL ? relay->proxy : "");
  SET(options, CURLOPT_NOPROXY, "");
  SET(options, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(options, CURLOPT_FORBID_REUSE, relay->keep_alive ? 0L : 1L);
  SET(options, CURLOPT_FRESH_CONNECT, relay->keep_alive ? 0L : 1L);
  SET(options, CURLOPT_DNS_CACHE_TIMEOUT, relay->keep_alive ? 60L : 0L);
  SET(options, CURLOPT_SSL_SESSIONID_CACHE, relay->keep_alive ? 1L : 0L);
  /* A look-up that hangs must not hold whoever gives up the handle. */
  SET(options, CURLOPT_QUICK_EXIT, 1L);
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

static void set_request(struct options *options,
                        const struct request *request) {
  const struct relay_settings *relay = request->relay;
  SET(options, CURLOPT_URL, request->url);
  SET(options, CURLOPT_PROTOCOLS_STR, "http,https");
  /* HTTP/2 would share a connection among probes. */
  SET(options, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(options, CURLOPT_FOLLOWLOCATION, 0L);
  SET(options, CURLOPT_HTTP_TRANSFER_DECODING, 0L); /* see chunks.h */
  SET(options, CURLOPT_USERAGENT, "collectd-holysheep/" HOLYSHEEP_VERSION);
  SET(options, CURLOPT_HTTPHEADER, request->headers);
  SET(options, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
  SET(options, CURLOPT_XOAUTH2_BEARER, relay->key.value);
  SET(options, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
  SET(options, CURLOPT_CONNECTTIMEOUT_MS, (long)request->timeout_ms);
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

bool transfer_open(struct transfer *transfer, const struct request *request,
                   void *owner) {
  struct options options = {.easy = transfer->easy};
  curl_easy_reset(transfer->easy);
  set_request(&options, request);
  set_connection(&options, request->relay);
  set_tls(&options, request->relay);
  set_callbacks(&options, transfer);
  if (options.code != CURLE_OK)
    return false;
  transfer->request = request;
  transfer->owner = owner;
  transfer->begun = clock_now();
  transfer->unwatched = transfer->paused = transfer->paused_at = 0;
  transfer->socket_error = transfer->route_error = 0;
  transfer->routed = false;
  transfer->error[0] = '\0';
  transfer->tls = (struct tls){0};
  keep_secrets(transfer, request->relay);
  headers_open(&transfer->headers, &transfer->secrets);
  chunks_open(&transfer->chunks);
  answer_open(&transfer->answer, request->probe, request->before,
              &transfer->secrets);
  return true;
}

/* The clock of the request stood still for so long. */
static void stand_still(struct transfer *transfer, usec time) {
  transfer->begun += time;
  usec all = transfer->unwatched + transfer->paused;
  long timeout =
      (long)(transfer->request->timeout_ms + all * 1000 / USEC_PER_SEC);
  struct options options = {.easy = transfer->easy};
  SET(&options, CURLOPT_TIMEOUT_MS, timeout);
  SET(&options, CURLOPT_CONNECTTIMEOUT_MS, timeout);
}

void transfer_unwatched(struct transfer *transfer, usec since) {
  usec unwatched = clock_now() - since;
  if (transfer->begun >= since || transfer->paused_at != 0)
    return; /* or it counts as paused */
  transfer->unwatched += unwatched;
  stand_still(transfer, unwatched);
}

void transfer_was_paused(struct transfer *transfer) {
  usec now = clock_now(), paused = now - transfer->paused_at;
  transfer->paused_at = now;
  transfer->paused += paused;
  stand_still(transfer, paused);
}

CURLcode transfer_resume(struct transfer *transfer) {
  transfer->paused_at = 0;
  return curl_easy_pause(transfer->easy, CURLPAUSE_CONT);
}

/* --- how it broke off ---------------------------------------------------- */

static curl_off_t time_of(CURL *easy, CURLINFO info) {
  curl_off_t time = 0;
  curl_easy_getinfo(easy, info, &time);
  return time;
}

static long number_of(CURL *easy, CURLINFO info) {
  long number = 0;
  curl_easy_getinfo(easy, info, &number);
  return number;
}

/* A server that refuses or resets is there; all else is on the way to it.
 * Where nothing was tried the number is that of an earlier transfer. */
static enum fault connection_fault(const struct transfer *transfer) {
  long number = number_of(transfer->easy, CURLINFO_OS_ERRNO);
  return transfer->routed && transfer->socket_error == 0 &&
                 (number == ECONNREFUSED || number == ECONNRESET)
             ? FAULT_RELAY
             : FAULT_NETWORK;
}

/* Or found a kept connection. */
static bool has_sent(const struct transfer *transfer) {
  return time_of(transfer->easy, CURLINFO_PRETRANSFER_TIME_T) > 0;
}

/* libcurl 7.88 does not tell when it connected if the handshake failed. */
static bool has_connected(const struct transfer *transfer) {
  return number_of(transfer->easy, CURLINFO_NUM_CONNECTS) > 0 ||
         time_of(transfer->easy, CURLINFO_CONNECT_TIME_T) > 0 ||
         has_sent(transfer);
}

static bool has_no_route(const struct transfer *transfer) {
  return transfer->route_error != 0 && !transfer->routed;
}

/* This host has no more sockets: of that no relay or network is guilty. */
static bool lacks_sockets(const struct transfer *transfer) {
  int why = transfer->socket_error;
  return (why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS) &&
         !has_connected(transfer);
}

/* The numbers are OpenSSL's (X509_V_ERR_*, x509_vfy.h): libcurl hands them on
 * as they are. It compares names itself, and leaves the number as it was. */
static enum cause certificate_cause(CURL *easy) {
  switch (number_of(easy, CURLINFO_SSL_VERIFYRESULT)) {
  case 0:
  case 1:  /* UNSPECIFIED */
  case 62: /* HOSTNAME_MISMATCH */
  case 64: /* IP_ADDRESS_MISMATCH */
    return CAUSE_TLS_NAME;
  case 9:  /* CERT_NOT_YET_VALID */
  case 10: /* CERT_HAS_EXPIRED */
    return CAUSE_TLS_EXPIRED;
  case 2:  /* UNABLE_TO_GET_ISSUER_CERT */
  case 18: /* DEPTH_ZERO_SELF_SIGNED_CERT */
  case 19: /* SELF_SIGNED_CERT_IN_CHAIN */
  case 20: /* UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
  case 21: /* UNABLE_TO_VERIFY_LEAF_SIGNATURE */
    return CAUSE_TLS_ISSUER;
  case 17: /* OUT_OF_MEM */
    return CAUSE_INTERNAL;
  default:
    return CAUSE_TLS;
  }
}

/* libcurl has no code of its own for a look-up that this host had no thread
 * for. */
static enum cause resolve_cause(const struct transfer *transfer) {
  return strstr(transfer->error, "thread failed to start") != NULL
             ? CAUSE_INTERNAL
             : CAUSE_DNS;
}

/* What this host lacks decides whatever libcurl makes of it. One that timed out
 * had not got on before. */
static bool lacks_memory(const struct transfer *transfer, CURLcode code) {
  return transfer->tls.no_memory ||
         (memory_ran_out() && code != CURLE_OPERATION_TIMEDOUT &&
          transfer->chunks.state != CHUNKS_BROKEN);
}

static enum cause broken_by(const struct transfer *transfer, CURLcode code) {
  if (code != CURLE_OK &&
      (lacks_sockets(transfer) || lacks_memory(transfer, code)))
    return CAUSE_INTERNAL;
  switch (code) {
  case CURLE_OK:
    return CAUSE_OK;
  case CURLE_OPERATION_TIMEDOUT:
    return CAUSE_TIMEOUT;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return resolve_cause(transfer);
  case CURLE_PEER_FAILED_VERIFICATION:
    return certificate_cause(transfer->easy);
  case CURLE_SSL_CONNECT_ERROR:
    return transfer->tls.connection != NULL ? CAUSE_TLS : CAUSE_INTERNAL;
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return CAUSE_TLS;
  case CURLE_SSL_CACERT_BADFILE:
    return tls_ca_cause(transfer->request->relay->ca_cert);
  case CURLE_WRITE_ERROR: /* that was us */
    return transfer->chunks.state == CHUNKS_BROKEN ? CAUSE_MALFORMED
                                                   : CAUSE_CONNECTION;
  case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
    return CAUSE_MALFORMED;
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
  case CURLE_SSL_ENGINE_INITFAILED:
  case CURLE_BAD_FUNCTION_ARGUMENT:
    return CAUSE_INTERNAL;
  default: /* an alert may come when TLS stands: for a client's certificate */
    return transfer->tls.alert ? CAUSE_TLS : CAUSE_CONNECTION;
  }
}

/* A header line beyond libcurl's own bound of 100 KiB is told as a want of
 * memory before 8.6. More headers may follow those of a 1xx. */
static bool is_endless_line(const struct transfer *transfer, CURLcode code) {
#if LIBCURL_VERSION_NUM >= 0x080600
  bool told = code == CURLE_OUT_OF_MEMORY || code == CURLE_TOO_LARGE;
#else
  bool told = code == CURLE_OUT_OF_MEMORY;
#endif
  bool ended = transfer->headers.ended &&
               number_of(transfer->easy, CURLINFO_RESPONSE_CODE) / 100 != 1;
  return told && !ended && !lacks_memory(transfer, code) &&
         time_of(transfer->easy, CURLINFO_STARTTRANSFER_TIME_T) > 0;
}

/* A proxy is on the way to the relay, whatever it says or refuses. A kept
 * tunnel had its CONNECT answered in an earlier request. */
static bool is_through_proxy(const struct transfer *transfer) {
  return transfer->request->relay->proxy == NULL || has_sent(transfer) ||
         number_of(transfer->easy, CURLINFO_HTTP_CONNECTCODE) / 100 == 2;
}

static enum fault broken_fault(const struct transfer *transfer,
                               enum cause broken) {
  bool connected = has_connected(transfer);
  if ((broken == CAUSE_TIMEOUT || broken == CAUSE_CONNECTION) &&
      !is_through_proxy(transfer))
    return FAULT_NETWORK;
  if (broken == CAUSE_TIMEOUT && !connected)
    return FAULT_NETWORK;
  if (broken == CAUSE_CONNECTION && !connected)
    return connection_fault(transfer);
  return causes[broken].fault;
}

/* --- what the wire gave -------------------------------------------------- */

/* Whether no name has to be looked up for the peer. */
static bool is_address(const struct request *request) {
  const char *proxy = request->relay->proxy;
  const char *host = strstr(proxy != NULL ? proxy : request->url, "://");
  return host != NULL && (host[3] == '[' || (host[3] >= '0' && host[3] <= '9' &&
                                             strspn(host + 3, "0123456789.") ==
                                                 strcspn(host + 3, "/:")));
}

static void set_phase(struct exchange *exchange, enum phase phase,
                      curl_off_t from, curl_off_t to) {
  if (to > 0 && to >= from)
    exchange->phase[phase] = (double)(to - from) / 1e6;
}

/* libcurl's times are all from the start; 0 where it did not come to that. Of
 * what was not watched all the time no phase is known. */
static void read_phases(const struct transfer *transfer, CURLcode code,
                        struct exchange *exchange) {
  CURL *easy = transfer->easy;
  curl_off_t name = time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
  curl_off_t connect = time_of(easy, CURLINFO_CONNECT_TIME_T);
  curl_off_t tls = time_of(easy, CURLINFO_APPCONNECT_TIME_T);
  curl_off_t sent = time_of(easy, CURLINFO_PRETRANSFER_TIME_T);
  curl_off_t first = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
  curl_off_t total = time_of(easy, CURLINFO_TOTAL_TIME_T);
  exchange->sent = sent > 0;
  total -= transfer->paused; /* only while the body was read */
  exchange->duration = (double)(total - transfer->unwatched) / 1e6;
  if (transfer->unwatched > 0)
    return;
  if (number_of(easy, CURLINFO_NUM_CONNECTS) > 0) {
    if (!is_address(transfer->request))
      set_phase(exchange, PHASE_DNS, 0, name);
    set_phase(exchange, PHASE_CONNECT, name, connect);
    set_phase(exchange, PHASE_TLS, connect, tls);
  }
  set_phase(exchange, PHASE_SERVER, sent, first);
  if (code == CURLE_OK && first > 0)
    set_phase(exchange, PHASE_TRANSFER, first, total);
}

static void read_certificate(CURL *easy, struct exchange *exchange) {
  static const char name[] = "Expire date:";
  struct curl_certinfo *chain = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
      chain == NULL || chain->num_of_certs < 1)
    return;
  for (struct curl_slist *line = chain->certinfo[0]; line != NULL;
       line = line->next)
    if (strncmp(line->data, name, sizeof name - 1) == 0) {
      time_t end = curl_getdate(line->data + sizeof name - 1, NULL);
      if (end > 0)
        exchange->certificate_expiry = (int64_t)end;
    }
}

/* In the transport's own words, or ours where it was us who broke off. */
static const char *detail_of(const struct transfer *transfer, CURLcode code) {
  if (transfer->chunks.state == CHUNKS_BROKEN)
    return "a chunk of the body is malformed";
  if (code == CURLE_OK || code == CURLE_WRITE_ERROR)
    return "";
  if (lacks_sockets(transfer))
    return strerror(transfer->socket_error);
  if (has_no_route(transfer))
    return strerror(transfer->route_error);
  return transfer->error[0] != '\0' ? transfer->error
                                    : curl_easy_strerror(code);
}

static void read_exchange(const struct transfer *transfer, CURLcode code,
                          struct exchange *exchange) {
  exchange_init(exchange);
  exchange->attempted = true;
  exchange->encoded = transfer->headers.encoded;
  exchange->http_status =
      (int)number_of(transfer->easy, CURLINFO_RESPONSE_CODE);
  exchange->broken = broken_by(transfer, code);
  /* What is no status of an answer is not HTTP. */
  if (code == CURLE_OK &&
      (exchange->http_status < 200 || exchange->http_status > 599))
    exchange->broken = CAUSE_MALFORMED;
  exchange->fault = broken_fault(transfer, exchange->broken);
  read_phases(transfer, code, exchange);
  read_certificate(transfer->easy, exchange);
  exchange->retry_after = transfer->headers.retry_after;
  memcpy(exchange->ratelimit, transfer->headers.ratelimit,
         sizeof exchange->ratelimit);
  memcpy(exchange->request_id, transfer->headers.request_id,
         sizeof exchange->request_id);
  const char *detail = detail_of(transfer, code);
  text_printable(exchange->detail, sizeof exchange->detail, detail,
                 strlen(detail), &transfer->secrets);
}

void transfer_close(struct transfer *transfer, CURLcode code,
                    struct outcome *outcome) {
  struct exchange exchange;
  if (code == CURLE_WRITE_ERROR && is_enough(transfer))
    code = CURLE_OK;
  read_exchange(transfer, code, &exchange);
  if (transfer->headers.too_large || is_endless_line(transfer, code))
    transfer->answer.too_large = true;
  answer_close(&transfer->answer, &exchange, outcome);
}

void transfer_abandon(struct transfer *transfer) {
  struct exchange exchange;
  struct outcome unused;
  exchange_init(&exchange);
  answer_close(&transfer->answer, &exchange, &unused);
}

bool transfer_left_lookup(const struct transfer *transfer, CURLcode code) {
  return code != CURLE_OK && code != CURLE_COULDNT_RESOLVE_HOST &&
         code != CURLE_COULDNT_RESOLVE_PROXY &&
         time_of(transfer->easy, CURLINFO_NAMELOOKUP_TIME_T) == 0 &&
         !is_address(transfer->request);
}
