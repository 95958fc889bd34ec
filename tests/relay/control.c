#define _GNU_SOURCE 1
#include "control.h"

#include "http.h"
#include "number.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARGUMENTS = 5, MOST_MS = 3600000 };

/* A request to the control port and what becomes of it. */
struct order {
  struct relay *relay;
  const struct command *command;
  const char *values[MOST_ARGUMENTS]; /* of the command's arguments, or NULL */
  unsigned status;
  const char *type;
  struct buffer out;
};

struct command {
  const char *method;
  const char *path;
  const char *arguments[MOST_ARGUMENTS]; /* those that it knows */
  void (*carry_out)(struct order *order);
};

static void order_refuse(struct order *order, unsigned status,
                         const char *what) {
  order->status = status;
  order->out.size = 0;
  buffer_add_format(&order->out, "%s\n", what);
}

/* Reads an argument, if it was given, into a value that is kept otherwise. */
static bool order_read_ms(struct order *order, size_t argument, unsigned *ms) {
  const char *text = order->values[argument];
  if (text == NULL || number_read_whole(text, MOST_MS, ms))
    return true;
  struct buffer what = {0};
  buffer_add_format(&what, "%s: whole milliseconds, 3600000 at most",
                    order->command->arguments[argument]);
  order_refuse(order, 400, buffer_text(&what));
  buffer_close(&what);
  return false;
}

static bool order_read_number(struct order *order, size_t argument,
                              double least, double most, double *number) {
  const char *text = order->values[argument];
  if (text == NULL || number_read(text, least, most, number))
    return true;
  struct buffer what = {0};
  buffer_add_format(&what, "%s: a number from %.0f to %.0f expected",
                    order->command->arguments[argument], least, most);
  order_refuse(order, 400, buffer_text(&what));
  buffer_close(&what);
  return false;
}

/* The arguments of the commands that have a scope. */
#define SCOPE "endpoint", "key", "path"
enum {
  ARGUMENT_ENDPOINT,
  ARGUMENT_KEY,
  ARGUMENT_PATH,
  ARGUMENT_NAME,
  ARGUMENT_MS,
  ARGUMENT_VALUE = ARGUMENT_MS
};

/* Its last second. */
#define YEAR_9999 253402300799.0

static bool is_endpoint(const char *text) {
  static const char *const endpoints[] = {"models", "billing",
                                          "chat/completions"};
  for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
    if (strcmp(text, endpoints[i]) == 0)
      return true;
  }
  return false;
}

static bool order_read_scope(struct order *order, struct scope *scope) {
  *scope =
      (struct scope){order->values[ARGUMENT_ENDPOINT],
                     order->values[ARGUMENT_KEY], order->values[ARGUMENT_PATH]};
  if (scope->endpoint == NULL || is_endpoint(scope->endpoint))
    return true;
  order_refuse(order, 400,
               "endpoint: models, billing or chat/completions expected");
  return false;
}

static void apply_rules(struct order *order) {
  if (relay_apply_rules(order->relay))
    buffer_add_text(&order->out, "ok\n");
  else
    order_refuse(order, 500, "cannot listen on the ports again");
}

static void set_fault(struct order *order) {
  struct scope scope;
  const char *name = order->values[ARGUMENT_NAME];
  const char *ms_text = order->values[ARGUMENT_MS];
  const struct fault *fault = name == NULL ? NULL : fault_find(name);
  if (fault == NULL) {
    order_refuse(order, 400, "name: a fault expected, GET /faults lists them");
    return;
  }
  if (!order_read_scope(order, &scope))
    return;
  unsigned ms = fault->ms;
  if (!order_read_ms(order, ARGUMENT_MS, &ms))
    return;
  if (fault->of_connections &&
      (!scope_is_everything(&scope) || ms_text != NULL)) {
    order_refuse(order, 400,
                 "a fault of connections takes no endpoint, key, path or ms");
    return;
  }
  if (rules_set(&order->relay->rules, &scope, fault, ms))
    apply_rules(order);
  else
    order_refuse(order, 400, "too many faults are set");
}

static void remove_fault(struct order *order) {
  struct scope scope;
  if (!order_read_scope(order, &scope))
    return;
  if (scope_is_everything(&scope))
    rules_clear(&order->relay->rules);
  else
    rules_remove(&order->relay->rules, &scope);
  apply_rules(order);
}

static void list_faults(struct order *order) {
  for (const struct fault_table *table = fault_tables; table->title != NULL;
       table++) {
    for (const struct fault *fault = table->faults; fault->name != NULL;
         fault++)
      buffer_add_format(&order->out, "%-22s %s\n", fault->name,
                        fault->description);
  }
}

static void set_balance(struct order *order) {
  struct account wanted = order->relay->account;
  if (order->values[0] == NULL && order->values[1] == NULL)
    order_refuse(order, 400, "usd, used or both expected");
  if (order->status != 200 ||
      !order_read_number(order, 0, -1e9, 1e9, &wanted.balance) ||
      !order_read_number(order, 1, 0, 1e9, &wanted.used))
    return;
  order->relay->account = wanted;
  buffer_add_text(&order->out, "ok\n");
}

static void set_expiry(struct order *order) {
  if (order->values[0] == NULL)
    order_refuse(order, 400, "at: seconds since the epoch, 0 or -1 expected");
  else if (order_read_number(order, 0, -1, YEAR_9999,
                             &order->relay->account.expires))
    buffer_add_text(&order->out, "ok\n");
}

static void set_unlimited(struct order *order) {
  order->relay->account.unlimited = true;
  buffer_add_text(&order->out, "ok\n");
}

static void set_limited(struct order *order) {
  order->relay->account.unlimited = false;
  buffer_add_text(&order->out, "ok\n");
}

static void set_delay(struct order *order) {
  if (order->values[0] == NULL)
    order_refuse(order, 400, "ms: whole milliseconds expected");
  else if (order_read_ms(order, 0, &order->relay->delay_ms))
    buffer_add_text(&order->out, "ok\n");
}

static void set_pace(struct order *order) {
  struct pace wanted = order->relay->pace;
  if (order->values[0] == NULL && order->values[1] == NULL)
    order_refuse(order, 400, "first, token or both expected");
  if (order->status != 200 || !order_read_ms(order, 0, &wanted.first) ||
      !order_read_ms(order, 1, &wanted.token))
    return;
  order->relay->pace = wanted;
  buffer_add_text(&order->out, "ok\n");
}

/* Whether it can stand in a line of a header. */
static bool is_header_text(const char *text) {
  for (; *text != '\0'; text++) {
    if ((unsigned char)*text < ' ' || *text == 0x7f)
      return false;
  }
  return true;
}

static void set_header(struct order *order) {
  struct scope scope;
  const char *name = order->values[ARGUMENT_NAME];
  const char *value = order->values[ARGUMENT_VALUE];
  if (!order_read_scope(order, &scope))
    return;
  if (name == NULL || *name == '\0' || strpbrk(name, " :\t") != NULL ||
      value == NULL || !is_header_text(name) || !is_header_text(value))
    order_refuse(order, 400, "name and value of a header expected");
  else if (extras_set(&order->relay->extras, &scope, name, value))
    buffer_add_text(&order->out, "ok\n");
  else
    order_refuse(order, 400, "too many headers are set");
}

static void clear_headers(struct order *order) {
  extras_clear(&order->relay->extras);
  buffer_add_text(&order->out, "ok\n");
}

static void show_journal(struct order *order) {
  unsigned from = 0;
  if (order->values[0] != NULL &&
      !number_read_whole(order->values[0], UINT_MAX, &from)) {
    order_refuse(order, 400, "from: a number expected");
    return;
  }
  order->type = "application/x-ndjson";
  journal_print(&order->relay->journal, from, &order->out);
}

static void clear_journal(struct order *order) {
  journal_clear(&order->relay->journal);
  buffer_add_text(&order->out, "ok\n");
}

static void show_connections(struct order *order) {
  order->type = "application/json";
  buffer_add_format(&order->out, "{\"accepted\":%lu,\"open\":%lu}\n",
                    order->relay->accepted, order->relay->open);
}

static const struct command commands[] = {
    {"PUT", "/fault", {SCOPE, "name", "ms"}, set_fault},
    {"DELETE", "/fault", {SCOPE}, remove_fault},
    {"GET", "/faults", {NULL}, list_faults},
    {"PUT", "/balance", {"usd", "used"}, set_balance},
    {"PUT", "/expires", {"at"}, set_expiry},
    {"PUT", "/unlimited", {NULL}, set_unlimited},
    {"DELETE", "/unlimited", {NULL}, set_limited},
    {"PUT", "/delay", {"ms"}, set_delay},
    {"PUT", "/pace", {"first", "token"}, set_pace},
    {"PUT", "/header", {SCOPE, "name", "value"}, set_header},
    {"DELETE", "/header", {NULL}, clear_headers},
    {"GET", "/journal", {"from"}, show_journal},
    {"DELETE", "/journal", {NULL}, clear_journal},
    {"GET", "/connections", {NULL}, show_connections},
};

static const struct command *find_command(const char *method,
                                          const char *path) {
  for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
    if (strcmp(commands[i].method, method) == 0 &&
        strcmp(commands[i].path, path) == 0)
      return &commands[i];
  }
  return NULL;
}

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind,
                                     const char *name, const char *value) {
  struct order *order = context;
  (void)kind;
  for (size_t i = 0; i < MOST_ARGUMENTS; i++) {
    const char *known = order->command->arguments[i];
    if (known == NULL || strcmp(known, name) != 0)
      continue;
    order->values[i] = value == NULL ? "" : value;
    return MHD_YES;
  }
  struct buffer text = {0};
  buffer_add_format(&text, "%s: %s %s knows no such argument", name,
                    order->command->method, order->command->path);
  order_refuse(order, 400, buffer_text(&text));
  buffer_close(&text);
  return MHD_NO;
}

/* Where the redirect fault points: whoever comes here followed it. */
static void note_follower(struct order *order,
                          struct MHD_Connection *connection, const char *path,
                          const char *method) {
  struct journal *journal = &order->relay->journal;
  const struct arrival arrival = {
      .connection = connection,
      .method = method,
      .path = path,
      .endpoint = "stolen",
      .key = http_key(connection),
  };
  struct entry *entry = journal_arrived(journal, &arrival);
  journal_answered(entry, 200);
  journal_finish(journal, entry);
  buffer_add_text(&order->out, "{}\n");
}

static void order_carry_out(struct order *order,
                            struct MHD_Connection *connection, const char *path,
                            const char *method) {
  if (strcmp(path, "/stolen") == 0) {
    note_follower(order, connection, path, method);
    return;
  }
  order->command = find_command(method, path);
  if (order->command == NULL) {
    order_refuse(order, 404, "no such command, see holysheep-relay --help");
    return;
  }
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument,
                            order);
  if (order->status == 200)
    order->command->carry_out(order);
}

static enum MHD_Result order_goes_on(void *context,
                                     struct MHD_Connection *connection,
                                     const char *url, const char *method,
                                     const char *version, const char *data,
                                     size_t *size, void **state) {
  static char began;
  (void)version;
  (void)data;
  if (*state == NULL || *size > 0) {
    *state = &began;
    *size = 0;
    return MHD_YES;
  }
  struct order order = {
      .relay = context, .status = 200, .type = "text/plain; charset=utf-8"};
  order_carry_out(&order, connection, url, method);
  size_t length = order.out.size;
  struct MHD_Response *response = MHD_create_response_from_buffer(
      length, buffer_take(&order.out), MHD_RESPMEM_MUST_FREE);
  if (response == NULL)
    return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, order.type);
  enum MHD_Result result =
      MHD_queue_response(connection, order.status, response);
  MHD_destroy_response(response);
  return result;
}

static void control_accepted(struct listener *listener, int fd,
                             const struct sockaddr *address, socklen_t size) {
  struct server *server =
      (struct server *)((char *)listener - offsetof(struct server, listener));
  MHD_add_connection(server->daemon, fd, address, size);
}

int control_open(struct relay *relay, unsigned port) {
  struct server *server = &relay->control;
  server->relay = relay;
  server->daemon = MHD_start_daemon(HTTP_FLAGS, 0, NULL, NULL, order_goes_on,
                                    relay, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)HTTP_CONNECTIONS, MHD_OPTION_END);
  if (server->daemon == NULL ||
      loop_add_daemon(&relay->loop, server->daemon) != 0)
    return -1;
  return listener_open(&server->listener, &relay->loop, port, control_accepted);
}
