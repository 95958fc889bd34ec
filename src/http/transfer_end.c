/* The result of a transfer: what was received, how it failed, and whose fault
 * that is. */
#include "http/transfer.h"

#include "http/curl_compat.h"
#include "http/memory.h"

#include <errno.h>
#include <string.h>

/* --- how it failed ---------------------------------------------------- */

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

/* A server that refuses or resets a connection was reached; all else is the
 * network. If nothing was tried, the number is from an earlier transfer. */
static enum fault connection_fault(const struct transfer *transfer) {
  long number = number_of(transfer->easy, CURLINFO_OS_ERRNO);
  return transfer->routed && transfer->socket_error == 0 &&
                 (number == ECONNREFUSED || number == ECONNRESET)
             ? FAULT_RELAY
             : FAULT_NETWORK;
}

/* On a new or a kept connection. libcurl 8.23 has a pretransfer time even
 * without a connection; 7.88 also counts what was sent to a proxy. */
static bool has_sent(const struct transfer *transfer) {
  return time_of(transfer->easy, CURLINFO_PRETRANSFER_TIME_T) > 0 &&
         number_of(transfer->easy, CURLINFO_REQUEST_SIZE) > 0;
}

/* libcurl 7.88 has no connect time if the handshake failed. */
static bool has_connected(const struct transfer *transfer) {
  return number_of(transfer->easy, CURLINFO_NUM_CONNECTS) > 0 ||
         time_of(transfer->easy, CURLINFO_CONNECT_TIME_T) > 0 ||
         has_sent(transfer);
}

static bool has_no_route(const struct transfer *transfer) {
  return transfer->route_error != 0 && !transfer->routed;
}

/* This host ran out of sockets: no relay or network is to blame. */
static bool lacks_sockets(const struct transfer *transfer) {
  int why = transfer->socket_error;
  return (why == EMFILE || why == ENFILE || why == ENOMEM || why == ENOBUFS) &&
         !has_connected(transfer);
}

/* The numbers are OpenSSL's (X509_V_ERR_*, x509_vfy.h): libcurl passes them on
 * unchanged. It compares names itself, without a number. */
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

/* A lack of memory on this host is the cause, whatever libcurl reports; but it
 * does not explain a timeout, if it was noticed in the same step. */
static bool lacks_memory(const struct transfer *transfer, CURLcode code) {
  return transfer->tls.no_memory ||
         transfer->lookup.result == LOOKUP_INTERNAL ||
         (memory_ran_out() && code != CURLE_OPERATION_TIMEDOUT &&
          transfer->chunks.state != CHUNKS_BROKEN);
}

static enum cause transport_error_of(const struct transfer *transfer,
                                     CURLcode code) {
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
    return CAUSE_DNS;
  case CURLE_PEER_FAILED_VERIFICATION:
    return certificate_cause(transfer->easy);
  case CURLE_SSL_CONNECT_ERROR:
    return transfer->tls.connection != NULL ? CAUSE_TLS : CAUSE_INTERNAL;
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
    return CAUSE_TLS;
  case CURLE_SSL_CACERT_BADFILE:
    return tls_ca_cause(transfer->request->relay->ca_cert);
  case CURLE_WRITE_ERROR: /* our own callback */
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
  default: /* an alert may follow the handshake: for a client certificate */
    return transfer->tls.alert ? CAUSE_TLS : CAUSE_CONNECTION;
  }
}

/* Before 8.6, libcurl reports a header line above its own limit of 100 KiB as a
 * lack of memory. More headers may follow those of a 1xx. */
static bool is_header_line_too_long(const struct transfer *transfer,
                                    CURLcode code) {
  bool told = code == CURLE_OUT_OF_MEMORY || code == COMPAT_TOO_LARGE;
  bool ended = transfer->response.headers.ended &&
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

static enum fault fault_of(const struct transfer *transfer,
                           enum cause transport_error) {
  bool connected = has_connected(transfer);
  if ((transport_error == CAUSE_TIMEOUT ||
       transport_error == CAUSE_CONNECTION) &&
      !is_through_proxy(transfer))
    return FAULT_NETWORK;
  if (transport_error == CAUSE_TIMEOUT && !connected)
    return FAULT_NETWORK;
  if (transport_error == CAUSE_CONNECTION && !connected)
    return connection_fault(transfer);
  return causes[transport_error].fault;
}

/* --- what was received -------------------------------------------------- */

static void set_phase(struct http_result *http, enum phase phase,
                      curl_off_t from, curl_off_t to) {
  if (to > 0 && to >= from)
    http->phase[phase] = (double)(to - from) / 1e6;
}

/* libcurl's times start with the transfer, and are 0 for what was not reached.
 * If the transfer was stalled, its phases are unknown. */
static void read_phases(const struct transfer *transfer, CURLcode code,
                        struct http_result *http) {
  CURL *easy = transfer->easy;
  curl_off_t name = time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
  curl_off_t connect = time_of(easy, CURLINFO_CONNECT_TIME_T);
  curl_off_t tls = time_of(easy, CURLINFO_APPCONNECT_TIME_T);
  curl_off_t sent = time_of(easy, CURLINFO_PRETRANSFER_TIME_T);
  curl_off_t first = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
  curl_off_t total = time_of(easy, CURLINFO_TOTAL_TIME_T);
  http->sent = sent > 0;
  total -= transfer->paused; /* pauses only occur in the body */
  http->duration = (double)(transfer->before + total - transfer->stalled) / 1e6;
  http->silent = transfer->silent;
  if (transfer->silent)
    http->duration = seconds_of(transfer->request->probe->first_token_timeout);
  if (transfer->interrupted)
    return;
  if (transfer->lookup.seconds > 0)
    http->phase[PHASE_DNS] = transfer->lookup.seconds;
  if (number_of(easy, CURLINFO_NUM_CONNECTS) > 0) {
    set_phase(http, PHASE_CONNECT, name, connect);
    set_phase(http, PHASE_TLS, connect, tls);
  }
  set_phase(http, PHASE_SERVER, sent, first);
  if (code == CURLE_OK && first > 0)
    set_phase(http, PHASE_TRANSFER, first, total);
}

static void read_certificate(CURL *easy, struct http_result *http) {
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
        http->certificate_expiry = (int64_t)end;
    }
}

/* In libcurl's words, or ours where it was us who stopped it. */
static const char *detail_of(const struct transfer *transfer, CURLcode code) {
  if (transfer->chunks.state == CHUNKS_BROKEN)
    return "a chunk of the body is malformed";
  if (code == CURLE_OK || code == CURLE_WRITE_ERROR)
    return "";
  if (lacks_sockets(transfer))
    return strerror(transfer->socket_error);
  if (transfer->lookup.detail[0] != '\0')
    return transfer->lookup.detail;
  if (has_no_route(transfer))
    return strerror(transfer->route_error);
  return transfer->error[0] != '\0' ? transfer->error
                                    : curl_easy_strerror(code);
}

static void read_http_result(const struct transfer *transfer, CURLcode code,
                             struct http_result *http) {
  http_result_init(http);
  http->attempted = true;
  http->http_status = (int)number_of(transfer->easy, CURLINFO_RESPONSE_CODE);
  http->transport_error = transport_error_of(transfer, code);
  /* A response without a valid status is not HTTP. */
  if (code == CURLE_OK && (http->http_status < 200 || http->http_status > 599))
    http->transport_error = CAUSE_MALFORMED;
  http->fault = fault_of(transfer, http->transport_error);
  read_phases(transfer, code, http);
  read_certificate(transfer->easy, http);
  const char *detail = detail_of(transfer, code);
  text_sanitize(http->detail, sizeof http->detail, detail, strlen(detail),
                &transfer->response.secrets);
}

void transfer_finish(struct transfer *transfer, CURLcode code,
                     struct probe_result *result) {
  struct http_result http;
  if (code == CURLE_WRITE_ERROR && transfer->stopped)
    code = CURLE_OK;
  read_http_result(transfer, code, &http);
  if (is_header_line_too_long(transfer, code))
    transfer->response.too_large = true;
  response_finish(&transfer->response, &http, result);
}

void transfer_cancel(struct transfer *transfer) {
  resolver_cancel(transfer->target->resolver, &transfer->lookup);
  response_cancel(&transfer->response);
}
