#include "http/http_transport.h"

#include "http/memory.h"
#include "http/pool.h"
#include "http/system_clock.h"
#include "http/target.h"

#include <assert.h>
#include <stdlib.h>

/* If drive() is not called for this long, collectd was late or the host was
 * suspended: requests in flight are given the time back. */
static const usec stall_min = USEC_PER_SEC;

/* drive() reads bodies for at most this long. */
static const usec read_budget = 20000;

struct http_transport {
  struct transport functions;
  const struct settings *settings;
  CURLM *multi;
  struct resolver *resolver;
  struct target *targets; /* one for each relay of the settings */
  size_t target_count;
  struct pool pool; /* a transfer for each request in flight at most */
  struct transfer *first_done, **end_done;
  usec last_poll; /* when drive() was called last */
};

/* --- the end of a request ------------------------------------------------ */

/* next() will return it. libcurl may never have had it. */
static void finish(struct http_transport *http, struct transfer *transfer,
                   CURLcode code) {
  transfer->code = code;
  transfer->done = true;
  transfer->next_done = NULL;
  *http->end_done = transfer;
  http->end_done = &transfer->next_done;
}

static bool next(void *user, struct completion *completion) {
  struct http_transport *http = user;
  struct transfer *transfer = http->first_done;
  if (transfer == NULL)
    return false;
  http->first_done = transfer->next_done;
  if (http->first_done == NULL)
    http->end_done = &http->first_done;
  completion->owner = transfer->owner;
  transfer_finish(transfer, transfer->code, &completion->result);
  curl_multi_remove_handle(http->multi, transfer->easy);
  pool_release(&http->pool, transfer);
  return true;
}

/* --- the start of a request ---------------------------------------------- */

static bool add(struct http_transport *http, struct transfer *transfer) {
  return transfer_send(transfer) &&
         curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK;
}

static bool begin(struct http_transport *http, struct transfer *transfer) {
  if (transfer_begins_with_lookup(transfer)) {
    transfer_start_lookup(transfer);
    return true;
  }
  if (add(http, transfer))
    return true;
  transfer_cancel(transfer);
  return false;
}

static bool start(void *user, const struct request *request, void *owner) {
  struct http_transport *http = user;
  size_t relay = (size_t)(request->relay - http->settings->relays);
  assert(relay < http->target_count && owner != NULL);
  struct transfer *transfer = pool_acquire(&http->pool);
  if (transfer_prepare(transfer, request, &http->targets[relay], owner) &&
      begin(http, transfer))
    return true;
  pool_release(&http->pool, transfer);
  return false;
}

/* --- driving ------------------------------------------------------------- */

/* Round robin, so that a long body does not delay others. */
static void resume_paused(struct http_transport *http) {
  struct transfer *transfer;
  while (system_now() < http->pool.read_until &&
         (transfer = pool_next_paused(&http->pool)) != NULL) {
    CURLcode code = transfer_resume(transfer);
    if (code == CURLE_OK)
      continue;
    curl_multi_remove_handle(http->multi, transfer->easy);
    finish(http, transfer, code);
  }
}

static void collect_lookup(struct http_transport *http,
                           struct transfer *transfer) {
  CURLcode code;
  if (transfer_is_looking_up(transfer, &code))
    return;
  if (code == CURLE_OK && !add(http, transfer))
    code = CURLE_OUT_OF_MEMORY;
  if (code != CURLE_OK)
    finish(http, transfer, code);
}

static void collect_lookups(struct http_transport *http) {
  for (size_t i = 0; i < http->pool.busy; i++)
    if (http->pool.order[i]->lookup.name != NULL)
      collect_lookup(http, http->pool.order[i]);
}

/* libcurl is done with it, or needs its name to be looked up. */
static void on_done(struct http_transport *http, CURL *easy, CURLcode code) {
  struct transfer *transfer = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  if (transfer_needs_lookup(transfer)) {
    curl_multi_remove_handle(http->multi, easy);
    transfer_start_lookup(transfer);
    collect_lookup(http, transfer);
  } else {
    finish(http, transfer, code);
  }
}

static void perform(struct http_transport *http) {
  int running, waiting;
  CURLMsg *message;
  curl_multi_perform(http->multi, &running);
  while ((message = curl_multi_info_read(http->multi, &waiting)) != NULL)
    if (message->msg == CURLMSG_DONE)
      on_done(http, message->easy_handle, message->data.result);
}

/* After everything that has arrived was read. */
static void end_silent(struct http_transport *http) {
  struct transfer *transfer;
  while ((transfer = pool_next_silent(&http->pool)) != NULL) {
    transfer_end_silence(transfer);
    curl_multi_remove_handle(http->multi, transfer->easy);
    finish(http, transfer, CURLE_OPERATION_TIMEDOUT);
  }
}

static void drive(void *user) {
  struct http_transport *http = user;
  usec now = system_now();
  if (now - http->last_poll > stall_min)
    pool_extend_deadlines(&http->pool, http->last_poll);
  http->last_poll = now; /* a long drive() is no stall */
  pool_begin_reading(&http->pool, now + read_budget);
  memory_reset();
  resume_paused(http);
  collect_lookups(http);
  perform(http);
  end_silent(http);
}

/* --- waiting ------------------------------------------------------------- */

static usec deadline(void *user, usec otherwise) {
  struct http_transport *http = user;
  if (pool_has_paused(&http->pool))
    return system_now();
  return pool_deadline(&http->pool, otherwise);
}

static bool wait_until(void *user, usec until) {
  struct http_transport *http = user;
  usec wait = until - system_now();
  int milliseconds =
      wait > 0 ? (int)((wait + USEC_PER_MSEC - 1) / USEC_PER_MSEC) : 0;
  CURLMcode code = curl_multi_poll(http->multi, NULL, 0, milliseconds, NULL);
  usec now = system_now();
  if (until > http->last_poll)
    http->last_poll = now < until ? now : until;
  return code == CURLM_OK;
}

static void wake(void *user) {
  struct http_transport *http = user;
  curl_multi_wakeup(http->multi);
}

/* --- the transport itself ------------------------------------------------ */

static void cancel(void *user) {
  struct http_transport *http = user;
  http->first_done = NULL;
  http->end_done = &http->first_done;
  pool_cancel(&http->pool, http->multi);
}

static bool init_pool(struct http_transport *http) {
  const struct settings *settings = http->settings;
  size_t probes = 0, max_headers = 0, max = settings->max_connections;
  for (size_t i = 0; i < settings->relay_count; i++) {
    const struct relay_settings *relay = &settings->relays[i];
    probes += relay->probe_count;
    if (relay->header_count > max_headers)
      max_headers = relay->header_count;
  }
  /* By default libcurl keeps fewer connections than KeepAlive needs. */
  curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, (long)max);
  return pool_init(&http->pool, probes < max ? probes : max, max_headers);
}

static bool init_targets(struct http_transport *http) {
  const struct settings *settings = http->settings;
  http->targets = calloc(settings->relay_count, sizeof *http->targets);
  if (http->targets == NULL)
    return false;
  while (http->target_count < settings->relay_count) {
    size_t i = http->target_count++;
    if (!target_init(&http->targets[i], &settings->relays[i], http->resolver))
      return false;
  }
  return true;
}

static bool init(struct http_transport *http) {
  http->multi = curl_multi_init();
  return http->multi != NULL &&
         (http->resolver = resolver_new(wake, http)) != NULL &&
         init_pool(http) && init_targets(http);
}

struct transport *http_transport_new(const struct settings *settings) {
  struct http_transport *http = calloc(1, sizeof *http);
  if (http == NULL)
    return NULL;
  http->functions = (struct transport){.user = http,
                                       .start = start,
                                       .drive = drive,
                                       .next = next,
                                       .deadline = deadline,
                                       .wait = wait_until,
                                       .wake = wake,
                                       .cancel = cancel};
  http->settings = settings;
  http->end_done = &http->first_done;
  http->last_poll = system_now();
  if (init(http))
    return &http->functions;
  http_transport_free(&http->functions);
  return NULL;
}

void http_transport_free(struct transport *transport) {
  if (transport == NULL)
    return;
  struct http_transport *http = transport->user;
  resolver_free(http->resolver);
  curl_multi_cleanup(http->multi);
  pool_free(&http->pool);
  for (size_t i = 0; i < http->target_count; i++)
    target_free(&http->targets[i]);
  free(http->targets);
  free(http);
}

bool http_init(void) { return memory_init(); }

void http_cleanup(void) { curl_global_cleanup(); }
