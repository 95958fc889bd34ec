#include "http/pool.h"

#include <assert.h>
#include <stdlib.h>

bool pool_init(struct pool *pool, size_t count, size_t max_headers) {
  *pool = (struct pool){0};
  pool->transfers = calloc(count, sizeof *pool->transfers);
  pool->order = calloc(count, sizeof *pool->order);
  if (pool->transfers == NULL || pool->order == NULL)
    return false;
  while (pool->count < count) {
    size_t place = pool->count++;
    struct transfer *transfer = pool->order[place] = &pool->transfers[place];
    transfer->place = place;
    transfer->read_until = &pool->read_until;
    if (!transfer_init(transfer, max_headers))
      return false;
  }
  return true;
}

void pool_cancel(struct pool *pool, CURLM *multi) {
  while (pool->busy > 0) {
    struct transfer *transfer = pool->order[pool->busy - 1];
    curl_multi_remove_handle(multi, transfer->easy);
    transfer_cancel(transfer);
    pool_release(pool, transfer);
  }
}

void pool_free(struct pool *pool) {
  for (size_t i = 0; i < pool->count; i++)
    transfer_free(&pool->transfers[i]);
  free(pool->transfers);
  free(pool->order);
  *pool = (struct pool){0};
}

void pool_extend_deadlines(struct pool *pool, usec since) {
  for (size_t i = 0; i < pool->busy; i++)
    transfer_extend_deadline(pool->order[i], since);
}

static bool is_paused(const struct transfer *transfer) {
  return transfer->paused_at != 0;
}

void pool_begin_reading(struct pool *pool, usec until) {
  pool->read_until = until;
  for (size_t i = 0; i < pool->busy; i++)
    if (is_paused(pool->order[i]))
      transfer_add_pause(pool->order[i]);
}

bool pool_has_paused(const struct pool *pool) {
  bool any = false;
  for (size_t i = 0; i < pool->busy && !any; i++)
    any = is_paused(pool->order[i]);
  return any;
}

struct transfer *pool_next_paused(struct pool *pool) {
  for (size_t i = 0; i < pool->busy; i++) {
    size_t place = (pool->next + i) % pool->busy;
    if (is_paused(pool->order[place])) {
      pool->next = place + 1;
      return pool->order[place];
    }
  }
  return NULL;
}

struct transfer *pool_next_silent(struct pool *pool) {
  for (size_t i = 0; i < pool->busy; i++)
    if (transfer_is_silent(pool->order[i]))
      return pool->order[i];
  return NULL;
}

/* libcurl takes care of all other timeouts. */
static bool has_deadline(const struct transfer *transfer) {
  return transfer->lookup.name != NULL ||
         (!transfer->done && response_awaits_token(&transfer->response));
}

usec pool_deadline(const struct pool *pool, usec otherwise) {
  for (size_t i = 0; i < pool->busy; i++) {
    const struct transfer *transfer = pool->order[i];
    if (has_deadline(transfer) && transfer_deadline(transfer) < otherwise)
      otherwise = transfer_deadline(transfer);
  }
  return otherwise;
}

struct transfer *pool_acquire(struct pool *pool) {
  assert(pool->busy < pool->count);
  return pool->order[pool->busy++];
}

static void put(struct pool *pool, struct transfer *transfer, size_t place) {
  pool->order[place] = transfer;
  transfer->place = place;
}

void pool_release(struct pool *pool, struct transfer *transfer) {
  assert(transfer->place < pool->busy);
  size_t last = --pool->busy, place = transfer->place;
  put(pool, pool->order[last], place);
  put(pool, transfer, last);
}
