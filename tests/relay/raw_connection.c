#define _GNU_SOURCE 1
#include "raw_connection.h"

#include "response.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
  BLOCK_SIZE = 16384,          /* size of a block of repeated data */
  MAX_BYTES_PER_TURN = 262144, /* then other connections get their turn */
  SETTLE_MS = 20,
};

enum progress { CONTINUE, WAIT, DONE };

static struct raw_connection *raw_of_watcher(struct watcher *watcher) {
  return (struct raw_connection *)((char *)watcher -
                                   offsetof(struct raw_connection, watcher));
}

static struct raw_connection *raw_of_timer(struct timer *timer) {
  return (struct raw_connection *)((char *)timer -
                                   offsetof(struct raw_connection, timer));
}

static void raw_end(struct raw_connection *connection, bool client_left) {
  loop_stop_timer(connection->owner->loop, &connection->timer);
  loop_remove_watcher(connection->owner->loop, &connection->watcher);
  TAILQ_REMOVE(&connection->owner->all, connection, entry);
  buffer_close(&connection->out);
  connection->done(connection, client_left);
}

/* Makes sure that closing the descriptor later sends RST and not FIN. */
static void raw_reset(const struct raw_connection *connection) {
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  connect(connection->fd, &nobody, sizeof(nobody));
}

static void raw_fill(struct raw_connection *connection, const char *data,
                     size_t size) {
  connection->out.size = 0;
  connection->sent = 0;
  buffer_add(&connection->out, data, size);
}

static void raw_fill_repeated(struct raw_connection *connection) {
  raw_fill(connection, NULL, 0);
  while (connection->out.size < BLOCK_SIZE)
    buffer_add(&connection->out, connection->step->data,
               connection->step->size);
}

static enum progress raw_drip(struct raw_connection *connection) {
  const struct buffer *body = &connection->response->body;
  if (connection->body_sent == body->size) {
    connection->step++;
    return CONTINUE;
  }
  raw_fill(connection, body->data + connection->body_sent++, 1);
  loop_start_timer(connection->owner->loop, &connection->timer, connection->ms);
  return CONTINUE;
}

static enum progress raw_pause(struct raw_connection *connection, unsigned ms) {
  connection->step++;
  loop_start_timer(connection->owner->loop, &connection->timer, ms);
  return WAIT;
}

static enum progress raw_send_body(struct raw_connection *connection,
                                   size_t from, size_t to) {
  connection->step++;
  raw_fill(connection, connection->response->body.data + from, to - from);
  return CONTINUE;
}

static enum progress raw_send_head(struct raw_connection *connection) {
  connection->step++;
  raw_fill(connection, NULL, 0);
  response_write_head(connection->response, &connection->out);
  return CONTINUE;
}

static enum progress raw_send(struct raw_connection *connection) {
  raw_fill(connection, connection->step->data, connection->step->size);
  connection->step++;
  return CONTINUE;
}

/* Like a server that requires a client certificate: with TLS 1.3 the alert
 * comes after the handshake. */
static enum progress raw_send_tls_alert(struct raw_connection *connection) {
  connection->step++;
  if (connection->session != NULL)
    gnutls_alert_send(connection->session, GNUTLS_AL_FATAL,
                      GNUTLS_A_CERTIFICATE_REQUIRED);
  return CONTINUE;
}

static enum progress raw_step(struct raw_connection *connection) {
  const struct script_step *step = connection->step;
  size_t size =
      connection->response == NULL ? 0 : connection->response->body.size;
  switch (step->kind) {
  case STEP_SEND:
    return raw_send(connection);
  case STEP_REPEAT:
    raw_fill_repeated(connection);
    return CONTINUE;
  case STEP_HEAD:
    return raw_send_head(connection);
  case STEP_FIRST_HALF:
    return raw_send_body(connection, 0, size / 2);
  case STEP_SECOND_HALF:
    return raw_send_body(connection, size / 2, size);
  case STEP_BODY:
    return raw_send_body(connection, 0, size);
  case STEP_DRIP:
    return raw_drip(connection);
  case STEP_PAUSE:
    return raw_pause(connection, connection->ms);
  case STEP_SETTLE:
    return raw_pause(connection, SETTLE_MS);
  case STEP_HANG:
  case STEP_READ:
    return WAIT;
  case STEP_RESET:
    raw_reset(connection);
    return DONE;
  case STEP_TLS_ALERT:
    return raw_send_tls_alert(connection);
  case STEP_END:
    break;
  }
  return DONE;
}

/* Returns the number of bytes written, 0 if the socket is full, -1 if the
 * client has left. */
static ssize_t raw_write(struct raw_connection *connection) {
  const char *data = connection->out.data + connection->sent;
  size_t size = connection->out.size - connection->sent;
  if (connection->session != NULL) {
    ssize_t written = gnutls_record_send(connection->session, data, size);
    if (written == GNUTLS_E_AGAIN || written == GNUTLS_E_INTERRUPTED)
      return 0;
    return written < 0 ? -1 : written;
  }
  ssize_t written =
      send(connection->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written < 0)
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
  return written;
}

static void raw_report_first_byte(struct raw_connection *connection) {
  if (connection->first_byte_sent)
    return;
  connection->first_byte_sent = true;
  if (connection->first_byte != NULL)
    connection->first_byte(connection);
}

/* Runs the script until it must wait or has used up its turn. */
static void raw_run(struct raw_connection *connection) {
  struct event_loop *loop = connection->owner->loop;
  size_t written_in_turn = 0;
  while (written_in_turn < MAX_BYTES_PER_TURN) {
    if (connection->sent < connection->out.size) {
      ssize_t written = raw_write(connection);
      if (written < 0) {
        raw_end(connection, true);
        return;
      }
      if (written == 0)
        break;
      raw_report_first_byte(connection);
      connection->sent += (size_t)written;
      written_in_turn += (size_t)written;
      continue;
    }
    enum progress progress =
        connection->timer.running ? WAIT : raw_step(connection);
    if (progress == DONE) {
      raw_end(connection, false);
      return;
    }
    if (progress == WAIT) {
      uint32_t input = connection->step->kind == STEP_READ ? EPOLLIN : 0;
      loop_modify_watcher(loop, &connection->watcher, EPOLLRDHUP | input);
      return;
    }
  }
  loop_modify_watcher(loop, &connection->watcher, EPOLLRDHUP | EPOLLOUT);
}

static void raw_read(struct raw_connection *connection) {
  char ignored[BLOCK_SIZE];
  if (recv(connection->fd, ignored, sizeof(ignored), MSG_DONTWAIT) > 0)
    connection->step++;
}

static void raw_ready(struct watcher *watcher, uint32_t events) {
  struct raw_connection *connection = raw_of_watcher(watcher);
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    raw_end(connection, true);
    return;
  }
  if ((events & EPOLLIN) != 0)
    raw_read(connection);
  raw_run(connection);
}

static void raw_pause_expired(struct timer *timer) {
  raw_run(raw_of_timer(timer));
}

void raw_connections_init(struct raw_connections *connections,
                          struct event_loop *loop) {
  connections->loop = loop;
  TAILQ_INIT(&connections->all);
}

void raw_connections_close(struct raw_connections *connections) {
  struct raw_connection *connection;
  while ((connection = TAILQ_FIRST(&connections->all)) != NULL)
    raw_end(connection, true);
}

void raw_connection_start(struct raw_connections *connections,
                          struct raw_connection *connection) {
  connection->owner = connections;
  connection->step = connection->script;
  connection->watcher =
      (struct watcher){.fd = connection->fd, .ready = raw_ready};
  connection->timer = (struct timer){.callback = raw_pause_expired};
  connection->out = (struct buffer){0};
  connection->sent = 0;
  connection->body_sent = 0;
  connection->first_byte_sent = false;
  TAILQ_INSERT_TAIL(&connections->all, connection, entry);
  if (loop_add_watcher(connections->loop, &connection->watcher, EPOLLRDHUP) !=
      0)
    raw_end(connection, true);
  else
    raw_run(connection);
}
