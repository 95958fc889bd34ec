/* An answer's body in pieces that leave one after the other, at their time. */
#ifndef RELAY_TIMED_BODY_H
#define RELAY_TIMED_BODY_H

#include "quirks.h"

#include <stddef.h>

/* How quickly a stream goes, in milliseconds. */
struct pace {
  unsigned first;  /* before the first token */
  unsigned token;  /* between tokens */
  unsigned middle; /* once, in the middle of them */
  unsigned byte;   /* before each byte */
};

struct piece {
  size_t end; /* in the body */
  unsigned wait_ms;
  bool is_token;
};

struct pieces {
  struct piece *all;
  size_t count;
  size_t capacity;
  const struct stream_manner *manner; /* NULL: the body leaves as a whole */
  unsigned byte_ms;
};

void pieces_add(struct pieces *pieces, const struct piece *piece);

/* The body is to leave as a whole. */
void pieces_close(struct pieces *pieces);

enum play_kind { PLAY_SEND, PLAY_WAIT, PLAY_HANG, PLAY_BREAK, PLAY_END };

/* What is to be done next. */
struct play {
  enum play_kind kind;
  size_t from, size; /* PLAY_SEND, of the body */
  bool ends_token;
  unsigned ms; /* PLAY_WAIT */
};

struct player {
  const struct pieces *pieces;
  size_t piece;
  size_t at; /* in the body */
  bool waited;
};

struct play player_next(struct player *player, size_t most);

#endif
