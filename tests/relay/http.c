#define _GNU_SOURCE 1
#include "http.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { MAX_BODY = 1048576, BODY_BLOCK_SIZE = 32768 };

enum request_phase {
  REQUEST_RECEIVING,
  REQUEST_SUSPENDED, /* taken from the HTTP server: delayed, or until the client
                        leaves */
  REQUEST_READY,     /* the delay is over: respond now */
  REQUEST_ABORTED,   /* close the connection */
};

struct request {
  struct server *server;
  struct MHD_Connection *connection;
  enum request_phase state;
  bool headers_received;
  char *uri; /* as received, with the query */
  struct api_request api_request;
  struct buffer body;
  const struct fault *fault; /* NULL without one */
  unsigned fault_ms;
  struct journal_entry *entry; /* NULL until the request is complete */
  struct response response;
  struct body_cursor cursor; /* position in a timed body */
  struct raw_connection raw;
  unsigned script_status; /* the status that the script sends */
};

/* A connection of the HTTP server. */
struct http_connection {
  const struct fault
      *fault; /* the connection fault that was active when it was accepted */
  unsigned long requests;
};

static const char *find_header(struct MHD_Connection *connection,
                               const char *name) {
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

const char *http_key(struct MHD_Connection *connection) {
  const char *value = find_header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
  if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
    return find_header(connection, "x-api-key");
  return value + 7;
}

static struct request *request_of_raw(struct raw_connection *raw) {
  return (struct request *)((char *)raw - offsetof(struct request, raw));
}

/* Called first, when the request line is parsed. */
static void *request_open(void *context, const char *uri,
                          struct MHD_Connection *connection) {
  struct request *request = xcalloc(sizeof(*request));
  request->server = context;
  request->connection = connection;
  request->uri = xstrdup(uri);
  return request;
}

static void request_close(void *context, struct MHD_Connection *connection,
                          void **state, enum MHD_RequestTerminationCode how) {
  struct server *server = context;
  struct request *request = *state;
  (void)connection;
  (void)how;
  if (request == NULL)
    return;
  if (request->entry != NULL) {
    journal_finish(&server->relay->journal, request->entry);
    response_close(&request->response);
  }
  buffer_close(&request->body);
  free(request->uri);
  free(request);
  *state = NULL;
}

static struct request_attributes
request_attributes(const struct request *request) {
  return (struct request_attributes){route_endpoint(request->api_request.route),
                                     request->api_request.key,
                                     request->api_request.path};
}

static void request_select_fault(struct request *request) {
  const struct request_attributes attributes = request_attributes(request);
  const struct active_fault *active =
      active_faults_match(&request->server->relay->active_faults, &attributes);
  if (active == NULL)
    return;
  request->fault = active->fault;
  request->fault_ms = active->ms;
}

/* The request is complete. */
static void request_received(struct request *request) {
  struct api_request *api_request = &request->api_request;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  api_request->key = http_key(request->connection);
  api_request->api_key = find_header(request->connection, "x-api-key");
  api_request->version = find_header(request->connection, "anthropic-version");
  api_request->body = request->body.data;
  api_request->body_size = request->body.size;
  api_request->time = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
  const struct journal_request received = {
      .connection = request->connection,
      .method = api_request->method,
      .path = request->uri,
      .endpoint = route_endpoint(api_request->route),
      .key = api_request->key,
      .body = api_request->body,
      .body_size = api_request->body_size,
  };
  request->entry = journal_add(&request->server->relay->journal, &received);
  response_init(&request->response, request->entry->n);
  request_select_fault(request);
  if (request->fault != NULL)
    request->entry->fault = request->fault->name;
}

static unsigned request_delay(const struct request *request) {
  const struct fault *fault = request->fault;
  if (fault != NULL && fault->ms_role == MS_DELAY && request->fault_ms > 0)
    return request->fault_ms;
  return request->server->relay->delay_ms;
}

static struct pace request_pace(const struct request *request) {
  struct pace pace = request->server->relay->pace;
  const struct fault *fault = request->fault;
  if (fault == NULL)
    return pace;
  switch (fault->ms_role) {
  case MS_FIRST_TOKEN:
    pace.first = request->fault_ms;
    break;
  case MS_TOKEN_INTERVAL:
    pace.token = request->fault_ms;
    break;
  case MS_MIDDLE_GAP:
    pace.middle = request->fault_ms;
    break;
  case MS_BYTE_INTERVAL:
    pace.byte = request->fault_ms;
    break;
  default:
    break;
  }
  return pace;
}

static void raw_first_byte(struct raw_connection *raw) {
  struct request *request = request_of_raw(raw);
  journal_response_started(request->entry, request->script_status);
}

static void raw_done(struct raw_connection *raw, bool client_left) {
  struct request *request = request_of_raw(raw);
  bool was_delay = raw->script == script_delay;
  request->state = was_delay && !client_left ? REQUEST_READY : REQUEST_ABORTED;
  MHD_resume_connection(request->connection);
  request->server->relay->loop.run_again = true;
}

/* Suspends the connection in the HTTP server to run a script on its socket. */
static void request_suspend(struct request *request,
                            const struct script_step *script, unsigned ms) {
  struct MHD_Connection *connection = request->connection;
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  request->raw.fd = info->connect_fd;
  request->raw.session = NULL;
  if (request->server->tls) {
    info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    request->raw.session = info->tls_session;
  }
  request->raw.script = script;
  request->raw.response = &request->response;
  request->raw.ms = ms;
  request->raw.first_byte = raw_first_byte;
  request->raw.done = raw_done;
  request->state = REQUEST_SUSPENDED;
  MHD_suspend_connection(connection);
  raw_connection_start(&request->server->relay->raw_connections, &request->raw);
}

static void add_header(struct MHD_Response *mhd_response, const char *name,
                       struct buffer *value) {
  MHD_add_response_header(mhd_response, name, buffer_text(value));
}

/* Produces the next bytes of a timed body. Called again after a wait. */
static ssize_t request_read_body(void *context, uint64_t position, char *out,
                                 size_t max) {
  struct request *request = context;
  (void)position;
  if (request->state == REQUEST_ABORTED)
    return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
  struct body_action action = body_cursor_next(&request->cursor, max);
  switch (action.kind) {
  case BODY_SEND:
    memcpy(out, request->response.body.data + action.from, action.size);
    if (action.ends_token)
      journal_token_sent(request->entry);
    return (ssize_t)action.size;
  case BODY_WAIT:
    request_suspend(request, script_delay, action.ms);
    return 0;
  case BODY_HANG:
    request_suspend(request, script_hang, 0);
    return 0;
  case BODY_ABORT:
    return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
  case BODY_END:
    break;
  }
  return (ssize_t)MHD_CONTENT_READER_END_OF_STREAM;
}

static struct MHD_Response *request_make_mhd_response(struct request *request) {
  struct response *response = &request->response;
  size_t size = response->body.size;
  if (response->timed_body.quirks == NULL)
    return MHD_create_response_from_buffer(size, buffer_detach(&response->body),
                                           MHD_RESPMEM_MUST_FREE);
  request->cursor = (struct body_cursor){.body = &response->timed_body};
  struct MHD_Response *mhd_response = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, BODY_BLOCK_SIZE, request_read_body, request, NULL);
  if (mhd_response != NULL && response->timed_body.quirks->close_delimited)
    MHD_set_response_options(mhd_response, MHD_RF_HTTP_VERSION_1_0_ONLY,
                             MHD_RO_END);
  return mhd_response;
}

static enum MHD_Result request_send(struct request *request) {
  struct response *response = &request->response;
  struct MHD_Response *mhd_response = request_make_mhd_response(request);
  if (mhd_response == NULL)
    return MHD_NO;
  MHD_add_response_header(mhd_response, MHD_HTTP_HEADER_CONTENT_TYPE,
                          response->type);
  add_header(mhd_response, "x-request-id", &response->request_id);
  for (size_t i = 0; i < response->header_count; i++)
    add_header(mhd_response, response->headers[i].name,
               &response->headers[i].value);
  journal_response_started(request->entry, response->status);
  enum MHD_Result result =
      MHD_queue_response(request->connection, response->status, mhd_response);
  MHD_destroy_response(mhd_response);
  return result;
}

/* Builds the response, with the active fault applied. */
static void request_make_response(struct request *request) {
  static const struct quirks no_quirks;
  struct relay *relay = request->server->relay;
  struct response *response = &request->response;
  const struct fault *fault = request->fault;
  const struct request_attributes attributes = request_attributes(request);
  request->api_request.quirks = fault == NULL ? &no_quirks : &fault->quirks;
  request->api_request.pace = request_pace(request);
  if (fault == NULL || fault_needs_response(fault))
    api_respond(&relay->account, &request->api_request, response);
  if (fault != NULL && fault->script == NULL) {
    const struct fault_context context = {request->api_request.key,
                                          relay->control_url, request->fault_ms,
                                          request->api_request.time};
    response_apply_fault(response, fault, &context);
  }
  extra_headers_apply(&relay->extra_headers, &attributes, response);
}

static enum MHD_Result request_respond(struct request *request) {
  const struct fault *fault = request->fault;
  request_make_response(request);
  if (fault == NULL || fault->script == NULL)
    return request_send(request);
  bool has_head = fault->script[0].kind == STEP_HEAD;
  request->script_status = has_head ? request->response.status : fault->status;
  request_suspend(request, fault->script, request->fault_ms);
  return MHD_YES;
}

/* A connection fault can only show on a new connection. Returns true if this
 * one is reused and was accepted before the fault was switched on: it is then
 * closed without a response, so that the client reconnects. */
static bool connection_predates_fault(const struct request *request) {
  const struct server *server = request->server;
  struct http_connection *http =
      MHD_get_connection_info(request->connection,
                              MHD_CONNECTION_INFO_SOCKET_CONTEXT)
          ->socket_context;
  const struct fault *fault = active_faults_match_connection(
      &server->relay->active_faults, server->tls);
  return http->requests++ > 0 && fault != NULL && fault != http->fault;
}

static enum MHD_Result request_completed(struct request *request) {
  if (connection_predates_fault(request))
    return MHD_NO;
  request_received(request);
  unsigned delay = request_delay(request);
  if (delay == 0)
    return request_respond(request);
  request_suspend(request, script_delay, delay);
  return MHD_YES;
}

static void request_append_body(struct request *request, const char *data,
                                size_t *size) {
  size_t room = MAX_BODY - request->body.size;
  buffer_add(&request->body, data, *size < room ? *size : room);
  *size = 0;
}

static enum MHD_Result handle_access(void *context,
                                     struct MHD_Connection *connection,
                                     const char *url, const char *method,
                                     const char *version, const char *data,
                                     size_t *size, void **state) {
  struct request *request = *state;
  (void)context;
  (void)connection;
  (void)version;
  if (!request->headers_received) {
    request->headers_received = true;
    request->api_request.method = method;
    request->api_request.path = url;
    request->api_request.route = route_find(url);
    return MHD_YES;
  }
  if (*size > 0) {
    request_append_body(request, data, size);
    return MHD_YES;
  }
  switch (request->state) {
  case REQUEST_RECEIVING:
    return request_completed(request);
  case REQUEST_SUSPENDED:
    return MHD_YES;
  case REQUEST_READY:
    return request_respond(request);
  case REQUEST_ABORTED:
    break;
  }
  return MHD_NO;
}

static void connection_notify(void *context, struct MHD_Connection *connection,
                              void **state,
                              enum MHD_ConnectionNotificationCode what) {
  struct server *server = context;
  struct relay *relay = server->relay;
  (void)connection;
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    relay->open--;
    free(*state);
    return;
  }
  struct http_connection *http = xcalloc(sizeof(*http));
  http->fault =
      active_faults_match_connection(&relay->active_faults, server->tls);
  *state = http;
  relay->open++;
}

/* A connection that never reaches the HTTP server. */
struct unparsed_connection {
  struct raw_connection raw;
  struct relay *relay;
};

static void unparsed_done(struct raw_connection *raw, bool client_left) {
  struct unparsed_connection *unparsed = (struct unparsed_connection *)raw;
  (void)client_left;
  unparsed->relay->open--;
  close(raw->fd);
  free(unparsed);
}

static void unparsed_run(struct relay *relay, int fd,
                         const struct script_step *script) {
  struct unparsed_connection *unparsed = xcalloc(sizeof(*unparsed));
  unparsed->relay = relay;
  unparsed->raw.fd = fd;
  unparsed->raw.script = script;
  unparsed->raw.done = unparsed_done;
  relay->open++;
  raw_connection_start(&relay->raw_connections, &unparsed->raw);
}

static void http_accepted(struct listener *listener, int fd,
                          const struct sockaddr *address, socklen_t size) {
  struct server *server =
      (struct server *)((char *)listener - offsetof(struct server, listener));
  struct relay *relay = server->relay;
  const struct fault *fault =
      active_faults_match_connection(&relay->active_faults, server->tls);
  relay->accepted++;
  if (fault != NULL && fault->script != NULL)
    unparsed_run(relay, fd, fault->script);
  else
    MHD_add_connection(server->daemon, fd, address, size);
}

int http_start(struct relay *relay, struct server *server, bool tls,
               unsigned port) {
  server->relay = relay;
  server->tls = tls;
  server->daemon = MHD_start_daemon(
      HTTP_FLAGS | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0u), 0, NULL,
      NULL, handle_access, server, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned)HTTP_CONNECTIONS, MHD_OPTION_URI_LOG_CALLBACK, request_open,
      server, MHD_OPTION_NOTIFY_COMPLETED, request_close, server,
      MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server,
      MHD_OPTION_HTTPS_CERT_CALLBACK, certificates_retrieve, MHD_OPTION_END);
  if (server->daemon == NULL ||
      loop_add_daemon(&relay->loop, server->daemon) != 0)
    return -1;
  return listener_open(&server->listener, &relay->loop, port, http_accepted);
}
