#define _GNU_SOURCE 1
#include "control.h"

#include "http.h"
#include "number.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMETERS = 5, MAX_MS = 3600000 };

/* A request to the control port, and its response. */
struct control_request {
  struct relay *relay;
  const struct control_command *command;
  const char *arguments[MAX_PARAMETERS]; /* one for each parameter of the
                                            command, or NULL */
  unsigned status;
  const char *type;
  struct buffer out;
};

struct control_command {
  const char *method;
  const char *path;
  const char *parameters[MAX_PARAMETERS]; /* the names it accepts */
  void (*run)(struct control_request *request);
};

static void reject(struct control_request *request, unsigned status,
                   const char *message) {
  request->status = status;
  request->out.size = 0;
  buffer_add_format(&request->out, "%s\n", message);
}

/* Parses an argument if it was given; otherwise the value is left unchanged. */
static bool read_ms(struct control_request *request, size_t argument,
                    unsigned *ms) {
  const char *text = request->arguments[argument];
  if (text == NULL || number_parse_unsigned(text, MAX_MS, ms))
    return true;
  struct buffer message = {0};
  buffer_add_format(&message, "%s: whole milliseconds, 3600000 at most",
                    request->command->parameters[argument]);
  reject(request, 400, buffer_text(&message));
  buffer_close(&message);
  return false;
}

static bool read_number(struct control_request *request, size_t argument,
                        double min, double max, double *number) {
  const char *text = request->arguments[argument];
  if (text == NULL || number_parse(text, min, max, number))
    return true;
  struct buffer message = {0};
  buffer_add_format(&message, "%s: a number from %.0f to %.0f expected",
                    request->command->parameters[argument], min, max);
  reject(request, 400, buffer_text(&message));
  buffer_close(&message);
  return false;
}

/* Parameters of the commands that take a matcher. */
#define MATCHER_PARAMETERS "endpoint", "key", "path"
enum {
  PARAMETER_ENDPOINT,
  PARAMETER_KEY,
  PARAMETER_PATH,
  PARAMETER_NAME,
  PARAMETER_MS,
  PARAMETER_VALUE = PARAMETER_MS
};

/* The last second of the year 9999. */
#define YEAR_9999 253402300799.0

static bool read_matcher(struct control_request *request,
                         struct matcher *matcher) {
  *matcher = (struct matcher){request->arguments[PARAMETER_ENDPOINT],
                              request->arguments[PARAMETER_KEY],
                              request->arguments[PARAMETER_PATH]};
  if (matcher->endpoint == NULL || route_is_endpoint(matcher->endpoint))
    return true;
  reject(request, 400, "endpoint: no request has this one, see --help");
  return false;
}

static void apply_active_faults(struct control_request *request) {
  if (relay_apply_active_faults(request->relay))
    buffer_add_text(&request->out, "ok\n");
  else
    reject(request, 500, "cannot listen on the ports again");
}

static void set_fault(struct control_request *request) {
  struct matcher matcher;
  const char *name = request->arguments[PARAMETER_NAME];
  const char *ms_text = request->arguments[PARAMETER_MS];
  const struct fault *fault = name == NULL ? NULL : fault_find(name);
  if (fault == NULL) {
    reject(request, 400, "name: a fault expected, GET /faults lists them");
    return;
  }
  if (!read_matcher(request, &matcher))
    return;
  unsigned ms = fault->ms;
  if (!read_ms(request, PARAMETER_MS, &ms))
    return;
  if (fault->connection_level &&
      (!matcher_is_wildcard(&matcher) || ms_text != NULL)) {
    reject(request, 400,
           "a fault of connections takes no endpoint, key, path or ms");
    return;
  }
  if (active_faults_set(&request->relay->active_faults, &matcher, fault, ms))
    apply_active_faults(request);
  else
    reject(request, 400, "too many faults are set");
}

static void remove_fault(struct control_request *request) {
  struct matcher matcher;
  if (!read_matcher(request, &matcher))
    return;
  if (matcher_is_wildcard(&matcher))
    active_faults_clear(&request->relay->active_faults);
  else
    active_faults_remove(&request->relay->active_faults, &matcher);
  apply_active_faults(request);
}

static void list_faults(struct control_request *request) {
  for (const struct fault_table *table = fault_tables; table->title != NULL;
       table++) {
    for (const struct fault *fault = table->faults; fault->name != NULL;
         fault++)
      buffer_add_format(&request->out, "%-22s %s\n", fault->name,
                        fault->description);
  }
}

static void set_balance(struct control_request *request) {
  struct account updated = request->relay->account;
  if (request->arguments[0] == NULL && request->arguments[1] == NULL)
    reject(request, 400, "usd, used or both expected");
  if (request->status != 200 ||
      !read_number(request, 0, -1e9, 1e9, &updated.balance) ||
      !read_number(request, 1, 0, 1e9, &updated.used))
    return;
  request->relay->account = updated;
  buffer_add_text(&request->out, "ok\n");
}

static void set_expiry(struct control_request *request) {
  if (request->arguments[0] == NULL)
    reject(request, 400, "at: seconds since the epoch, 0 or -1 expected");
  else if (read_number(request, 0, -1, YEAR_9999,
                       &request->relay->account.expires))
    buffer_add_text(&request->out, "ok\n");
}

static void set_unlimited(struct control_request *request) {
  request->relay->account.unlimited = true;
  buffer_add_text(&request->out, "ok\n");
}

static void set_limited(struct control_request *request) {
  request->relay->account.unlimited = false;
  buffer_add_text(&request->out, "ok\n");
}

static void set_delay(struct control_request *request) {
  if (request->arguments[0] == NULL)
    reject(request, 400, "ms: whole milliseconds expected");
  else if (read_ms(request, 0, &request->relay->delay_ms))
    buffer_add_text(&request->out, "ok\n");
}

static void set_pace(struct control_request *request) {
  struct pace updated = request->relay->pace;
  if (request->arguments[0] == NULL && request->arguments[1] == NULL)
    reject(request, 400, "first, token or both expected");
  if (request->status != 200 || !read_ms(request, 0, &updated.first) ||
      !read_ms(request, 1, &updated.token))
    return;
  request->relay->pace = updated;
  buffer_add_text(&request->out, "ok\n");
}

/* Whether the text is allowed in a header line. */
static bool is_header_text(const char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < ' ' || *text == 0x7f)
      return false;
  }
  return true;
}

static void set_header(struct control_request *request) {
  struct matcher matcher;
  const char *name = request->arguments[PARAMETER_NAME];
  const char *value = request->arguments[PARAMETER_VALUE];
  if (!read_matcher(request, &matcher))
    return;
  if (name == NULL || *name == '\0' || strpbrk(name, " :\t") != NULL ||
      value == NULL || !is_header_text(name) || !is_header_text(value))
    reject(request, 400, "name and value of a header expected");
  else if (extra_headers_set(&request->relay->extra_headers, &matcher, name,
                             value))
    buffer_add_text(&request->out, "ok\n");
  else
    reject(request, 400, "too many headers are set");
}

static void clear_headers(struct control_request *request) {
  extra_headers_clear(&request->relay->extra_headers);
  buffer_add_text(&request->out, "ok\n");
}

static void show_journal(struct control_request *request) {
  unsigned from = 0;
  if (request->arguments[0] != NULL &&
      !number_parse_unsigned(request->arguments[0], UINT_MAX, &from)) {
    reject(request, 400, "from: a number expected");
    return;
  }
  request->type = "application/x-ndjson";
  journal_print(&request->relay->journal, from, &request->out);
}

static void clear_journal(struct control_request *request) {
  journal_clear(&request->relay->journal);
  buffer_add_text(&request->out, "ok\n");
}

static void show_connections(struct control_request *request) {
  request->type = "application/json";
  buffer_add_format(&request->out, "{\"accepted\":%lu,\"open\":%lu}\n",
                    request->relay->accepted, request->relay->open);
}

static const struct control_command commands[] = {
    {"PUT", "/fault", {MATCHER_PARAMETERS, "name", "ms"}, set_fault},
    {"DELETE", "/fault", {MATCHER_PARAMETERS}, remove_fault},
    {"GET", "/faults", {NULL}, list_faults},
    {"PUT", "/balance", {"usd", "used"}, set_balance},
    {"PUT", "/expires", {"at"}, set_expiry},
    {"PUT", "/unlimited", {NULL}, set_unlimited},
    {"DELETE", "/unlimited", {NULL}, set_limited},
    {"PUT", "/delay", {"ms"}, set_delay},
    {"PUT", "/pace", {"first", "token"}, set_pace},
    {"PUT", "/header", {MATCHER_PARAMETERS, "name", "value"}, set_header},
    {"DELETE", "/header", {NULL}, clear_headers},
    {"GET", "/journal", {"from"}, show_journal},
    {"DELETE", "/journal", {NULL}, clear_journal},
    {"GET", "/connections", {NULL}, show_connections},
};

static const struct control_command *find_command(const char *method,
                                                  const char *path) {
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    if (strcmp(commands[i].method, method) == 0 &&
        strcmp(commands[i].path, path) == 0)
      return &commands[i];
  }
  return NULL;
}

static enum MHD_Result collect_argument(void *context, enum MHD_ValueKind kind,
                                        const char *name, const char *value) {
  struct control_request *request = context;
  (void)kind;
  for (size_t i = 0; i < MAX_PARAMETERS; i++) {
    const char *known = request->command->parameters[i];
    if (known == NULL || strcmp(known, name) != 0)
      continue;
    request->arguments[i] = value == NULL ? "" : value;
    return MHD_YES;
  }
  struct buffer text = {0};
  buffer_add_format(&text, "%s: %s %s knows no such argument", name,
                    request->command->method, request->command->path);
  reject(request, 400, buffer_text(&text));
  buffer_close(&text);
  return MHD_NO;
}

/* The redirect fault points here: a request for this path means that the client
 * followed it. */
static void record_followed_redirect(struct control_request *request,
                                     struct MHD_Connection *connection,
                                     const char *path, const char *method) {
  struct journal *journal = &request->relay->journal;
  const struct journal_request received = {
      .connection = connection,
      .method = method,
      .path = path,
      .endpoint = "stolen",
      .key = http_key(connection),
  };
  struct journal_entry *entry = journal_add(journal, &received);
  journal_response_started(entry, 200);
  journal_finish(journal, entry);
  buffer_add_text(&request->out, "{}\n");
}

static void request_dispatch(struct control_request *request,
                             struct MHD_Connection *connection,
                             const char *path, const char *method) {
  if (strcmp(path, "/stolen") == 0) {
    record_followed_redirect(request, connection, path, method);
    return;
  }
  request->command = find_command(method, path);
  if (request->command == NULL) {
    reject(request, 404, "no such command, see holysheep-relay --help");
    return;
  }
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, collect_argument,
                            request);
  if (request->status == 200)
    request->command->run(request);
}

static enum MHD_Result handle_access(void *context,
                                     struct MHD_Connection *connection,
                                     const char *url, const char *method,
                                     const char *version, const char *data,
                                     size_t *size, void **state) {
  static char first_call;
  (void)version;
  (void)data;
  if (*state == NULL || *size > 0) {
    *state = &first_call;
    *size = 0;
    return MHD_YES;
  }
  struct control_request request = {
      .relay = context, .status = 200, .type = "text/plain; charset=utf-8"};
  request_dispatch(&request, connection, url, method);
  size_t length = request.out.size;
  struct MHD_Response *mhd_response = MHD_create_response_from_buffer(
      length, buffer_detach(&request.out), MHD_RESPMEM_MUST_FREE);
  if (mhd_response == NULL)
    return MHD_NO;
  MHD_add_response_header(mhd_response, MHD_HTTP_HEADER_CONTENT_TYPE,
                          request.type);
  enum MHD_Result result =
      MHD_queue_response(connection, request.status, mhd_response);
  MHD_destroy_response(mhd_response);
  return result;
}

static void control_accepted(struct listener *listener, int fd,
                             const struct sockaddr *address, socklen_t size) {
  struct server *server =
      (struct server *)((char *)listener - offsetof(struct server, listener));
  MHD_add_connection(server->daemon, fd, address, size);
}

int control_start(struct relay *relay, unsigned port) {
  struct server *server = &relay->control;
  server->relay = relay;
  server->daemon = MHD_start_daemon(HTTP_FLAGS, 0, NULL, NULL, handle_access,
                                    relay, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)HTTP_CONNECTIONS, MHD_OPTION_END);
  if (server->daemon == NULL ||
      loop_add_daemon(&relay->loop, server->daemon) != 0)
    return -1;
  return listener_open(&server->listener, &relay->loop, port, control_accepted);
}
