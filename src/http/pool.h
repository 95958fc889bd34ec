/* All transfers, and which of them are busy. */
#ifndef HOLYSHEEP_POOL_H
#define HOLYSHEEP_POOL_H

#include "http/transfer.h"

#include <stdbool.h>
#include <stddef.h>

struct pool {
  struct transfer *transfers;
  /* The busy ones, then the idle ones, of which the last one used is the first:
   * it is in the cache. */
  struct transfer **order;
  size_t count, busy;
  size_t next;     /* where to look for the next paused one */
  usec read_until; /* after that, bodies are paused */
};

/* False without memory; pool_free() has to be called then as well. */
bool pool_init(struct pool *pool, size_t count, size_t max_headers);

/* Cancels what is in flight in `multi`. */
void pool_cancel(struct pool *pool, CURLM *multi);

/* After curl_multi_cleanup(): the connections that it closes still tell of
 * their TLS, and what they tell lies in the transfers. */
void pool_free(struct pool *pool);

/* See transfer_extend_deadline(). */
void pool_extend_deadlines(struct pool *pool, usec since);

/* Bodies are read until then and paused after that, so that none delays the
 * others. The time for which a transfer is paused does not count. */
void pool_begin_reading(struct pool *pool, usec until);

bool pool_has_paused(const struct pool *pool);

/* The next that is paused, round robin; NULL when none is. */
struct transfer *pool_next_paused(struct pool *pool);

/* One whose first token has not come in time; NULL when none is. */
struct transfer *pool_next_silent(struct pool *pool);

/* When the first look-up or first token times out, or `otherwise` if that is
 * earlier. */
usec pool_deadline(const struct pool *pool, usec otherwise);

/* There has to be an idle transfer. */
struct transfer *pool_acquire(struct pool *pool);
void pool_release(struct pool *pool, struct transfer *transfer);

#endif
