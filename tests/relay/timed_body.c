#include "timed_body.h"

#include "buffer.h"

#include <stdlib.h>

void pieces_add(struct pieces *pieces, const struct piece *piece) {
  if (pieces->count == pieces->capacity) {
    pieces->capacity = pieces->capacity * 2 + 32;
    pieces->all =
        relay_reallocate(pieces->all, pieces->capacity * sizeof(*pieces->all));
  }
  pieces->all[pieces->count++] = *piece;
}

void pieces_close(struct pieces *pieces) {
  free(pieces->all);
  *pieces = (struct pieces){0};
}

static size_t piece_begin(const struct pieces *pieces, size_t piece) {
  return piece == 0 ? 0 : pieces->all[piece - 1].end;
}

static struct play player_end(const struct player *player) {
  switch (player->pieces->manner->end) {
  case STREAM_BREAKS:
    return (struct play){.kind = PLAY_BREAK};
  case STREAM_HANGS:
    return (struct play){.kind = PLAY_HANG};
  default:
    return (struct play){.kind = PLAY_END};
  }
}

static unsigned player_wait(const struct player *player) {
  const struct pieces *pieces = player->pieces;
  if (pieces->byte_ms > 0 || player->at > piece_begin(pieces, player->piece))
    return pieces->byte_ms;
  return pieces->all[player->piece].wait_ms;
}

static struct play player_send(struct player *player, size_t most) {
  const struct piece *piece = &player->pieces->all[player->piece];
  struct play play = {.kind = PLAY_SEND, .from = player->at};
  size_t left = piece->end - player->at;
  play.size = left < most ? left : most;
  player->at += play.size;
  player->waited = false;
  if (play.size == left) {
    play.ends_token = piece->is_token;
    player->piece++;
  }
  return play;
}

struct play player_next(struct player *player, size_t most) {
  const struct pieces *pieces = player->pieces;
  if (player->piece == pieces->count) {
    if (pieces->manner->end != STREAM_REPEATS)
      return player_end(player);
    player->piece--;
    player->at = piece_begin(pieces, player->piece);
  }
  unsigned wait = player_wait(player);
  if (wait > 0 && !player->waited) {
    player->waited = true;
    return (struct play){.kind = PLAY_WAIT, .ms = wait};
  }
  return player_send(player, pieces->manner->bytes ? 1 : most);
}
