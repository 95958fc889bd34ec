/* The transfers that there are, and which of them are idle. */
#ifndef HOLYSHEEP_POOL_H
#define HOLYSHEEP_POOL_H

#include "http/transfer.h"

#include <stdbool.h>
#include <stddef.h>

struct pool {
  struct transfer *transfers;
  struct transfer **idle; /* those used last are used first: they are warm */
  size_t count, idle_count;
  size_t next;     /* of those that are paused, to be resumed */
  usec read_until; /* then the step has read enough */
};

/* False without memory; pool_free() is due then as well. */
bool pool_init(struct pool *pool, size_t count, size_t max_headers);

/* Gives up what is still in flight in `multi`. */
void pool_cancel(struct pool *pool, CURLM *multi);

/* After curl_multi_cleanup(): the connections that it closes still tell of
 * their TLS, and what they tell lies in the transfers. */
void pool_free(struct pool *pool);

/* Nobody has looked after those in flight since then. */
void pool_extend_deadlines(struct pool *pool, usec since);

/* A step begins: until then bodies are read, then they are paused, so that none
 * holds up the others. Those that are paused lose no time by it. */
void pool_begin_reading(struct pool *pool, usec until);

bool pool_has_paused(const struct pool *pool);

/* The next that is paused, round robin; NULL when none is. */
struct transfer *pool_next_paused(struct pool *pool);

/* When the first of the look-ups under way times out, or then. */
usec pool_deadline(const struct pool *pool, usec otherwise);

/* There has to be an idle one. */
struct transfer *pool_acquire(struct pool *pool);
void pool_release(struct pool *pool, struct transfer *transfer);

#endif
