/* Connections that are held outside the HTTP server, while a script is played
 * on them. Whether one waits, hangs or sends without end, it takes no thread,
 * and it is let go as soon as its client leaves. */
#ifndef RELAY_RAW_CONNECTION_H
#define RELAY_RAW_CONNECTION_H

#include "buffer.h"
#include "event_loop.h"
#include "wire_scripts.h"

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <sys/queue.h>

struct answer;

struct held {
  int fd;                   /* to be set by the holder, these seven: */
  gnutls_session_t session; /* NULL without TLS */
  const struct step *script;
  const struct answer *answer;           /* NULL if the script needs none */
  unsigned ms;                           /* the length of a pause */
  void (*first_byte)(struct held *held); /* may be NULL */
  void (*done)(struct held *held, bool client_left);

  struct raw *raw;
  const struct step *step;
  struct watch watch;
  struct timer timer;
  struct buffer out;
  size_t sent;    /* of out */
  size_t dripped; /* of the answer's body */
  bool began;
  TAILQ_ENTRY(held) entry;
};

struct raw {
  struct loop *loop;
  TAILQ_HEAD(held_list, held) all;
};

void raw_open(struct raw *raw, struct loop *loop);

/* Lets go of everything, as if each client had left. */
void raw_close(struct raw *raw);

/* Plays the script. Then, or when the client has left, calls done, once and
 * perhaps before this returns; the descriptor stays the holder's. */
void raw_hold(struct raw *raw, struct held *held);

#endif
