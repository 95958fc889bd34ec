#include "base/json_memory.h"

#include <string.h>

static void *allocate(void *user, size_t size) {
  struct json_memory *memory = user;
  for (size_t i = 0; size <= JSON_SMALL_SIZE && i < JSON_SMALL_BLOCKS; i++)
    if (!memory->small_used[i]) {
      memory->small_used[i] = true;
      return memory->small[i].bytes;
    }
  for (size_t i = 0; size <= JSON_TOKEN_MAX && i < 2; i++)
    if (!memory->token_used[i]) {
      memory->token_used[i] = true;
      return memory->token[i];
    }
  return NULL;
}

static void release(void *user, void *block) {
  struct json_memory *memory = user;
  for (size_t i = 0; i < JSON_SMALL_BLOCKS; i++)
    if (block == memory->small[i].bytes)
      memory->small_used[i] = false;
  for (size_t i = 0; i < 2; i++)
    if (block == memory->token[i])
      memory->token_used[i] = false;
}

static size_t block_size(const struct json_memory *memory, const void *block) {
  for (size_t i = 0; i < 2; i++)
    if (block == memory->token[i])
      return JSON_TOKEN_MAX;
  return JSON_SMALL_SIZE;
}

static void *reallocate(void *user, void *block, size_t size) {
  if (block == NULL)
    return allocate(user, size);
  size_t old = block_size(user, block);
  if (size <= old)
    return block;
  void *larger = allocate(user, size);
  if (larger != NULL) {
    memcpy(larger, block, old);
    release(user, block);
  }
  return larger;
}

yajl_alloc_funcs json_memory_init(struct json_memory *memory) {
  memset(memory->small_used, 0, sizeof memory->small_used);
  memset(memory->token_used, 0, sizeof memory->token_used);
  return (yajl_alloc_funcs){allocate, reallocate, release, memory};
}
