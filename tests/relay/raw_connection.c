#define _GNU_SOURCE 1
#include "raw_connection.h"

#include "response.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
  BLOCK_SIZE = 16384,      /* of what is repeated */
  SENT_IN_A_TURN = 262144, /* then the others have theirs */
  BREATH_MS = 20,
};

enum progress { GOES_ON, WAITS, ENDS };

static struct held *held_of_watch(struct watch *watch) {
  return (struct held *)((char *)watch - offsetof(struct held, watch));
}

static struct held *held_of_timer(struct timer *timer) {
  return (struct held *)((char *)timer - offsetof(struct held, timer));
}

static void held_end(struct held *held, bool client_left) {
  loop_stop_timer(held->raw->loop, &held->timer);
  loop_unwatch(held->raw->loop, &held->watch);
  TAILQ_REMOVE(&held->raw->all, held, entry);
  buffer_close(&held->out);
  held->done(held, client_left);
}

/* A RST without a FIN before it, whoever closes the descriptor later. */
static void held_reset(const struct held *held) {
  struct sockaddr nobody = {.sa_family = AF_UNSPEC};
  connect(held->fd, &nobody, sizeof(nobody));
}

static void held_fill(struct held *held, const char *data, size_t size) {
  held->out.size = 0;
  held->sent = 0;
  buffer_add(&held->out, data, size);
}

static void held_fill_repeated(struct held *held) {
  held_fill(held, NULL, 0);
  while (held->out.size < BLOCK_SIZE)
    buffer_add(&held->out, held->step->data, held->step->size);
}

static enum progress held_drip(struct held *held) {
  const struct buffer *body = &held->answer->body;
  if (held->dripped == body->size) {
    held->step++;
    return GOES_ON;
  }
  held_fill(held, body->data + held->dripped++, 1);
  loop_start_timer(held->raw->loop, &held->timer, held->ms);
  return GOES_ON;
}

static enum progress held_pause(struct held *held, unsigned ms) {
  held->step++;
  loop_start_timer(held->raw->loop, &held->timer, ms);
  return WAITS;
}

static enum progress held_send_body(struct held *held, size_t from, size_t to) {
  held->step++;
  held_fill(held, held->answer->body.data + from, to - from);
  return GOES_ON;
}

static enum progress held_send_head(struct held *held) {
  held->step++;
  held_fill(held, NULL, 0);
  answer_write_head(held->answer, &held->out);
  return GOES_ON;
}

static enum progress held_send(struct held *held) {
  held_fill(held, held->step->data, held->step->size);
  held->step++;
  return GOES_ON;
}

/* As a server says that wanted a certificate of the client's: only now, with
 * TLS 1.3. */
static enum progress held_alert(struct held *held) {
  held->step++;
  if (held->session != NULL)
    gnutls_alert_send(held->session, GNUTLS_AL_FATAL,
                      GNUTLS_A_CERTIFICATE_REQUIRED);
  return GOES_ON;
}

static enum progress held_step(struct held *held) {
  const struct step *step = held->step;
  size_t size = held->answer == NULL ? 0 : held->answer->body.size;
  switch (step->kind) {
  case STEP_SEND:
    return held_send(held);
  case STEP_REPEAT:
    held_fill_repeated(held);
    return GOES_ON;
  case STEP_HEAD:
    return held_send_head(held);
  case STEP_FIRST_HALF:
    return held_send_body(held, 0, size / 2);
  case STEP_SECOND_HALF:
    return held_send_body(held, size / 2, size);
  case STEP_BODY:
    return held_send_body(held, 0, size);
  case STEP_DRIP:
    return held_drip(held);
  case STEP_PAUSE:
    return held_pause(held, held->ms);
  case STEP_BREATH:
    return held_pause(held, BREATH_MS);
  case STEP_HOLD:
  case STEP_READ:
    return WAITS;
  case STEP_RESET:
    held_reset(held);
    return ENDS;
  case STEP_ALERT:
    return held_alert(held);
  case STEP_END:
    break;
  }
  return ENDS;
}

/* Bytes written, 0 when the socket is full, -1 when the client is gone. */
static ssize_t held_write(struct held *held) {
  const char *data = held->out.data + held->sent;
  size_t size = held->out.size - held->sent;
  if (held->session != NULL) {
    ssize_t written = gnutls_record_send(held->session, data, size);
    if (written == GNUTLS_E_AGAIN || written == GNUTLS_E_INTERRUPTED)
      return 0;
    return written < 0 ? -1 : written;
  }
  ssize_t written = send(held->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written < 0)
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
  return written;
}

static void held_note_first_byte(struct held *held) {
  if (held->began)
    return;
  held->began = true;
  if (held->first_byte != NULL)
    held->first_byte(held);
}

/* Plays on until it has to wait or has had its turn. */
static void held_play(struct held *held) {
  struct loop *loop = held->raw->loop;
  size_t turn = 0;
  while (turn < SENT_IN_A_TURN) {
    if (held->sent < held->out.size) {
      ssize_t written = held_write(held);
      if (written < 0) {
        held_end(held, true);
        return;
      }
      if (written == 0)
        break;
      held_note_first_byte(held);
      held->sent += (size_t)written;
      turn += (size_t)written;
      continue;
    }
    enum progress progress = held->timer.running ? WAITS : held_step(held);
    if (progress == ENDS) {
      held_end(held, false);
      return;
    }
    if (progress == WAITS) {
      uint32_t input = held->step->kind == STEP_READ ? EPOLLIN : 0;
      loop_rewatch(loop, &held->watch, EPOLLRDHUP | input);
      return;
    }
  }
  loop_rewatch(loop, &held->watch, EPOLLRDHUP | EPOLLOUT);
}

static void held_read(struct held *held) {
  char ignored[BLOCK_SIZE];
  if (recv(held->fd, ignored, sizeof(ignored), MSG_DONTWAIT) > 0)
    held->step++;
}

static void held_ready(struct watch *watch, uint32_t events) {
  struct held *held = held_of_watch(watch);
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    held_end(held, true);
    return;
  }
  if ((events & EPOLLIN) != 0)
    held_read(held);
  held_play(held);
}

static void held_pause_over(struct timer *timer) {
  held_play(held_of_timer(timer));
}

void raw_open(struct raw *raw, struct loop *loop) {
  raw->loop = loop;
  TAILQ_INIT(&raw->all);
}

void raw_close(struct raw *raw) {
  struct held *held;
  while ((held = TAILQ_FIRST(&raw->all)) != NULL)
    held_end(held, true);
}

void raw_hold(struct raw *raw, struct held *held) {
  held->raw = raw;
  held->step = held->script;
  held->watch = (struct watch){.fd = held->fd, .ready = held_ready};
  held->timer = (struct timer){.expired = held_pause_over};
  held->out = (struct buffer){0};
  held->sent = 0;
  held->dripped = 0;
  held->began = false;
  TAILQ_INSERT_TAIL(&raw->all, held, entry);
  if (loop_watch(raw->loop, &held->watch, EPOLLRDHUP) != 0)
    held_end(held, true);
  else
    held_play(held);
}
