#define _GNU_SOURCE 1
#include "http.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { MOST_BODY = 1048576, PLAY_BLOCK = 32768 };

enum request_state {
  REQUEST_COMES,
  REQUEST_WAITS, /* held: before its answer, or for good */
  REQUEST_DUE,   /* to be answered now */
  REQUEST_OVER,  /* the connection is to be closed */
};

struct request {
  struct server *server;
  struct MHD_Connection *connection;
  enum request_state state;
  bool began; /* its headers are here */
  char *uri;  /* as it came, with the query */
  struct call call;
  struct buffer body;
  const struct fault *fault; /* NULL without one */
  unsigned fault_ms;
  struct entry *entry; /* NULL until all of it is here */
  struct answer answer;
  struct player player; /* of an answer that leaves in pieces */
  struct held held;
  unsigned held_status; /* what the script sends */
};

/* A connection that the HTTP server has. */
struct link {
  const struct fault *fault; /* the connection's fault when it was made */
  unsigned long requests;
};

const char *http_key(struct MHD_Connection *connection) {
  const char *value = MHD_lookup_connection_value(
      connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
  if (value == NULL || strncasecmp(value, "Bearer ", 7) != 0)
    return NULL;
  return value + 7;
}

static struct request *request_of_held(struct held *held) {
  return (struct request *)((char *)held - offsetof(struct request, held));
}

/* Called first of all, with the request line. */
static void *request_open(void *context, const char *uri,
                          struct MHD_Connection *connection) {
  struct request *request = relay_allocate(sizeof(*request));
  request->server = context;
  request->connection = connection;
  request->uri = text_copy(uri);
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
    answer_close(&request->answer);
  }
  buffer_close(&request->body);
  free(request->uri);
  free(request);
  *state = NULL;
}

static struct scope request_scope(const struct request *request) {
  return (struct scope){route_endpoint(request->call.route), request->call.key,
                        request->call.path};
}

static void request_choose_fault(struct request *request) {
  const struct scope scope = request_scope(request);
  const struct rule *rule = rules_match(&request->server->relay->rules, &scope);
  if (rule == NULL)
    return;
  request->fault = rule->fault;
  request->fault_ms = rule->ms;
}

/* All of the request is here. */
static void request_arrived(struct request *request) {
  struct call *call = &request->call;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  call->key = http_key(request->connection);
  call->body = request->body.data;
  call->body_size = request->body.size;
  call->time = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
  const struct arrival arrival = {
      .connection = request->connection,
      .method = call->method,
      .path = request->uri,
      .endpoint = route_endpoint(call->route),
      .key = call->key,
      .body = call->body,
      .body_size = call->body_size,
  };
  request->entry = journal_arrived(&request->server->relay->journal, &arrival);
  answer_open(&request->answer, request->entry->n);
  request_choose_fault(request);
  if (request->fault != NULL)
    request->entry->fault = request->fault->name;
}

static unsigned request_delay(const struct request *request) {
  const struct fault *fault = request->fault;
  if (fault != NULL && fault->ms_means == MS_BEFORE && request->fault_ms > 0)
    return request->fault_ms;
  return request->server->relay->delay_ms;
}

static struct pace request_pace(const struct request *request) {
  struct pace pace = request->server->relay->pace;
  const struct fault *fault = request->fault;
  if (fault == NULL)
    return pace;
  switch (fault->ms_means) {
  case MS_FIRST:
    pace.first = request->fault_ms;
    break;
  case MS_TOKEN:
    pace.token = request->fault_ms;
    break;
  case MS_MIDDLE:
    pace.middle = request->fault_ms;
    break;
  case MS_BYTE:
    pace.byte = request->fault_ms;
    break;
  default:
    break;
  }
  return pace;
}

static void held_first_byte(struct held *held) {
  struct request *request = request_of_held(held);
  journal_answered(request->entry, request->held_status);
}

static void held_done(struct held *held, bool client_left) {
  struct request *request = request_of_held(held);
  bool only_waited = held->script == script_pause;
  request->state = only_waited && !client_left ? REQUEST_DUE : REQUEST_OVER;
  MHD_resume_connection(request->connection);
  request->server->relay->loop.again = true;
}

/* Takes the connection out of the HTTP server until the script is over. */
static void request_hold(struct request *request, const struct step *script,
                         unsigned ms) {
  struct MHD_Connection *connection = request->connection;
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  request->held.fd = info->connect_fd;
  request->held.session = NULL;
  if (request->server->tls) {
    info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    request->held.session = info->tls_session;
  }
  request->held.script = script;
  request->held.answer = &request->answer;
  request->held.ms = ms;
  request->held.first_byte = held_first_byte;
  request->held.done = held_done;
  request->state = REQUEST_WAITS;
  MHD_suspend_connection(connection);
  raw_hold(&request->server->relay->raw, &request->held);
}

static void add_header(struct MHD_Response *response, const char *name,
                       struct buffer *value) {
  MHD_add_response_header(response, name, buffer_text(value));
}

/* The next bytes of an answer that leaves in pieces. Called again when the
 * wait is over. */
static ssize_t request_play(void *context, uint64_t position, char *out,
                            size_t most) {
  struct request *request = context;
  (void)position;
  if (request->state == REQUEST_OVER)
    return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
  struct play play = player_next(&request->player, most);
  switch (play.kind) {
  case PLAY_SEND:
    memcpy(out, request->answer.body.data + play.from, play.size);
    if (play.ends_token)
      journal_token(request->entry);
    return (ssize_t)play.size;
  case PLAY_WAIT:
    request_hold(request, script_pause, play.ms);
    return 0;
  case PLAY_HANG:
    request_hold(request, script_hang, 0);
    return 0;
  case PLAY_BREAK:
    return (ssize_t)MHD_CONTENT_READER_END_WITH_ERROR;
  case PLAY_END:
    break;
  }
  return (ssize_t)MHD_CONTENT_READER_END_OF_STREAM;
}

static struct MHD_Response *request_response(struct request *request) {
  struct answer *answer = &request->answer;
  size_t size = answer->body.size;
  if (answer->pieces.manner == NULL)
    return MHD_create_response_from_buffer(size, buffer_take(&answer->body),
                                           MHD_RESPMEM_MUST_FREE);
  request->player = (struct player){.pieces = &answer->pieces};
  struct MHD_Response *response = MHD_create_response_from_callback(
      MHD_SIZE_UNKNOWN, PLAY_BLOCK, request_play, request, NULL);
  if (response != NULL && answer->pieces.manner->until_close)
    MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY,
                             MHD_RO_END);
  return response;
}

static enum MHD_Result request_send(struct request *request) {
  struct answer *answer = &request->answer;
  struct MHD_Response *response = request_response(request);
  if (response == NULL)
    return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
  add_header(response, "x-request-id", &answer->request_id);
  for (size_t i = 0; i < answer->header_count; i++)
    add_header(response, answer->headers[i].name, &answer->headers[i].value);
  journal_answered(request->entry, answer->status);
  enum MHD_Result result =
      MHD_queue_response(request->connection, answer->status, response);
  MHD_destroy_response(response);
  return result;
}

/* Makes the answer, spoilt or not. */
static void request_make_answer(struct request *request) {
  static const struct manner usual;
  struct relay *relay = request->server->relay;
  struct answer *answer = &request->answer;
  const struct fault *fault = request->fault;
  const struct scope scope = request_scope(request);
  request->call.manner = fault == NULL ? &usual : &fault->manner;
  request->call.pace = request_pace(request);
  if (fault == NULL || fault_needs_answer(fault))
    account_answer(&relay->account, &request->call, answer);
  if (fault != NULL && fault->script == NULL) {
    const struct fault_context context = {request->call.key, relay->control_url,
                                          request->fault_ms,
                                          request->call.time};
    answer_spoil(answer, fault, &context);
  }
  extras_apply(&relay->extras, &scope, answer);
}

static enum MHD_Result request_answer(struct request *request) {
  const struct fault *fault = request->fault;
  request_make_answer(request);
  if (fault == NULL || fault->script == NULL)
    return request_send(request);
  bool has_head = fault->script[0].kind == STEP_HEAD;
  request->held_status = has_head ? request->answer.status : fault->status;
  request_hold(request, fault->script, request->fault_ms);
  return MHD_YES;
}

/* Whether a kept connection would hide a fault of connections that was
 * switched on after it was made: then it is closed, unanswered, and the client
 * makes a new one. */
static bool link_hides_fault(const struct request *request) {
  const struct server *server = request->server;
  struct link *link =
      MHD_get_connection_info(request->connection,
                              MHD_CONNECTION_INFO_SOCKET_CONTEXT)
          ->socket_context;
  const struct fault *fault =
      rules_match_connection(&server->relay->rules, server->tls);
  return link->requests++ > 0 && fault != NULL && fault != link->fault;
}

static enum MHD_Result request_complete(struct request *request) {
  if (link_hides_fault(request))
    return MHD_NO;
  request_arrived(request);
  unsigned delay = request_delay(request);
  if (delay == 0)
    return request_answer(request);
  request_hold(request, script_pause, delay);
  return MHD_YES;
}

static void request_take_body(struct request *request, const char *data,
                              size_t *size) {
  size_t room = MOST_BODY - request->body.size;
  buffer_add(&request->body, data, *size < room ? *size : room);
  *size = 0;
}

static enum MHD_Result request_goes_on(void *context,
                                       struct MHD_Connection *connection,
                                       const char *url, const char *method,
                                       const char *version, const char *data,
                                       size_t *size, void **state) {
  struct request *request = *state;
  (void)context;
  (void)connection;
  (void)version;
  if (!request->began) {
    request->began = true;
    request->call.method = method;
    request->call.path = url;
    request->call.route = route_find(url);
    return MHD_YES;
  }
  if (*size > 0) {
    request_take_body(request, data, size);
    return MHD_YES;
  }
  switch (request->state) {
  case REQUEST_COMES:
    return request_complete(request);
  case REQUEST_WAITS:
    return MHD_YES;
  case REQUEST_DUE:
    return request_answer(request);
  case REQUEST_OVER:
    break;
  }
  return MHD_NO;
}

static void link_changed(void *context, struct MHD_Connection *connection,
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
  struct link *link = relay_allocate(sizeof(*link));
  link->fault = rules_match_connection(&relay->rules, server->tls);
  *state = link;
  relay->open++;
}

/* A connection that is held from its very beginning. */
struct stray {
  struct held held;
  struct relay *relay;
};

static void stray_done(struct held *held, bool client_left) {
  struct stray *stray = (struct stray *)held;
  (void)client_left;
  stray->relay->open--;
  close(held->fd);
  free(stray);
}

static void stray_hold(struct relay *relay, int fd, const struct step *script) {
  struct stray *stray = relay_allocate(sizeof(*stray));
  stray->relay = relay;
  stray->held.fd = fd;
  stray->held.script = script;
  stray->held.done = stray_done;
  relay->open++;
  raw_hold(&relay->raw, &stray->held);
}

static void http_accepted(struct listener *listener, int fd,
                          const struct sockaddr *address, socklen_t size) {
  struct server *server =
      (struct server *)((char *)listener - offsetof(struct server, listener));
  struct relay *relay = server->relay;
  const struct fault *fault =
      rules_match_connection(&relay->rules, server->tls);
  relay->accepted++;
  if (fault != NULL && fault->script != NULL)
    stray_hold(relay, fd, fault->script);
  else
    MHD_add_connection(server->daemon, fd, address, size);
}

int http_open(struct relay *relay, struct server *server, bool tls,
              unsigned port) {
  server->relay = relay;
  server->tls = tls;
  server->daemon = MHD_start_daemon(
      HTTP_FLAGS | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0u), 0, NULL,
      NULL, request_goes_on, server, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned)HTTP_CONNECTIONS, MHD_OPTION_URI_LOG_CALLBACK, request_open,
      server, MHD_OPTION_NOTIFY_COMPLETED, request_close, server,
      MHD_OPTION_NOTIFY_CONNECTION, link_changed, server,
      MHD_OPTION_HTTPS_CERT_CALLBACK, certificates_retrieve, MHD_OPTION_END);
  if (server->daemon == NULL ||
      loop_add_daemon(&relay->loop, server->daemon) != 0)
    return -1;
  return listener_open(&server->listener, &relay->loop, port, http_accepted);
}
