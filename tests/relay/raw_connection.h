/* Connections taken from the HTTP server to run a script on their sockets.
 * Delayed, hanging and endless ones need no thread, and each ends as soon as
 * its client leaves. */
#ifndef RELAY_RAW_CONNECTION_H
#define RELAY_RAW_CONNECTION_H

#include "buffer.h"
#include "event_loop.h"
#include "wire_scripts.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <sys/queue.h>

struct response;

struct raw_connection {
  /* Set by the owner: */
  int fd;
  gnutls_session_t session; /* NULL without TLS */
  const struct script_step *script;
  const struct response *response; /* NULL if the script does not need it */
  unsigned ms;                     /* the length of a pause */
  void (*first_byte)(struct raw_connection *connection); /* may be NULL */
  void (*done)(struct raw_connection *connection, bool client_left);

  struct raw_connections *owner;
  const struct script_step *step;
  struct watcher watcher;
  struct timer timer;
  struct buffer out;
  size_t sent;      /* of out */
  size_t body_sent; /* bytes of the response's body sent by STEP_DRIP */
  bool first_byte_sent;
  TAILQ_ENTRY(raw_connection) entry;
};

struct raw_connections {
  struct event_loop *loop;
  TAILQ_HEAD(raw_connection_list, raw_connection) all;
};

void raw_connections_init(struct raw_connections *connections,
                          struct event_loop *loop);

/* Ends all of them as if their clients had left. */
void raw_connections_close(struct raw_connections *connections);

/* Runs the script. Calls `done` exactly once, at its end or when the client
 * leaves, perhaps before this returns. The owner keeps the descriptor. */
void raw_connection_start(struct raw_connections *connections,
                          struct raw_connection *connection);

#endif
