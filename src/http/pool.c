#include "http/pool.h"

#include <assert.h>
#include <stdlib.h>

bool pool_init(struct pool *pool, size_t count, size_t max_headers) {
  *pool = (struct pool){0};
  pool->transfers = calloc(count, sizeof *pool->transfers);
  pool->idle = calloc(count, sizeof *pool->idle);
  if (pool->transfers == NULL || pool->idle == NULL)
    return false;
  while (pool->count < count) {
    struct transfer *transfer = &pool->transfers[pool->count++];
    transfer->read_until = &pool->read_until;
    pool_release(pool, transfer);
    if (!transfer_init(transfer, max_headers))
      return false;
  }
  return true;
}

static bool is_idle(const struct transfer *transfer) {
  return transfer->owner == NULL;
}

void pool_cancel(struct pool *pool, CURLM *multi) {
  for (size_t i = 0; i < pool->count; i++) {
    struct transfer *transfer = &pool->transfers[i];
    if (is_idle(transfer))
      continue;
    curl_multi_remove_handle(multi, transfer->easy);
    transfer_cancel(transfer);
    pool_release(pool, transfer);
  }
}

void pool_free(struct pool *pool) {
  for (size_t i = 0; i < pool->count; i++)
    transfer_free(&pool->transfers[i]);
  free(pool->transfers);
  free(pool->idle);
  *pool = (struct pool){0};
}

void pool_extend_deadlines(struct pool *pool, usec since) {
  for (size_t i = 0; i < pool->count; i++)
    if (!is_idle(&pool->transfers[i]))
      transfer_extend_deadline(&pool->transfers[i], since);
}

static bool is_paused(const struct transfer *transfer) {
  return !is_idle(transfer) && transfer->paused_at != 0;
}

void pool_begin_reading(struct pool *pool, usec until) {
  pool->read_until = until;
  for (size_t i = 0; i < pool->count; i++)
    if (is_paused(&pool->transfers[i]))
      transfer_add_pause(&pool->transfers[i]);
}

bool pool_has_paused(const struct pool *pool) {
  bool any = false;
  for (size_t i = 0; i < pool->count && !any; i++)
    any = is_paused(&pool->transfers[i]);
  return any;
}

struct transfer *pool_next_paused(struct pool *pool) {
  for (size_t i = 0; i < pool->count; i++) {
    struct transfer *transfer =
        &pool->transfers[(pool->next + i) % pool->count];
    if (is_paused(transfer)) {
      pool->next = (pool->next + i + 1) % pool->count;
      return transfer;
    }
  }
  return NULL;
}

struct transfer *pool_next_silent(struct pool *pool) {
  for (size_t i = 0; i < pool->count; i++)
    if (!is_idle(&pool->transfers[i]) &&
        transfer_is_silent(&pool->transfers[i]))
      return &pool->transfers[i];
  return NULL;
}

/* libcurl takes care of all other timeouts. */
static bool has_deadline(const struct transfer *transfer) {
  return transfer->lookup.name != NULL ||
         (!is_idle(transfer) && !transfer->done &&
          response_awaits_token(&transfer->response));
}

usec pool_deadline(const struct pool *pool, usec otherwise) {
  for (size_t i = 0; i < pool->count; i++) {
    const struct transfer *transfer = &pool->transfers[i];
    if (has_deadline(transfer) && transfer_deadline(transfer) < otherwise)
      otherwise = transfer_deadline(transfer);
  }
  return otherwise;
}

struct transfer *pool_acquire(struct pool *pool) {
  assert(pool->idle_count > 0);
  return pool->idle[--pool->idle_count];
}

void pool_release(struct pool *pool, struct transfer *transfer) {
  assert(pool->idle_count < pool->count);
  transfer->owner = NULL;
  pool->idle[pool->idle_count++] = transfer;
}
