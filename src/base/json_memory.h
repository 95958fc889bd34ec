/* A fixed block of memory that serves all of yajl's allocations. yajl crashes
 * if one of them fails, so its memory is reserved in advance. */
#ifndef HOLYSHEEP_JSON_MEMORY_H
#define HOLYSHEEP_JSON_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include <yajl/yajl_common.h>

enum {
  JSON_TOKEN_MAX = 16 * 1024, /* bytes; a token of this length is too long */
  JSON_SMALL_BLOCKS = 10,
  JSON_SMALL_SIZE = 256,
};

/* What yajl needs: a few small blocks, and two buffers in which it collects a
 * token that arrives in pieces or contains escapes. */
struct json_memory {
  bool small_used[JSON_SMALL_BLOCKS];
  bool token_used[2];
  union {
    max_align_t align;
    char bytes[JSON_SMALL_SIZE];
  } small[JSON_SMALL_BLOCKS];
  char token[2][JSON_TOKEN_MAX]; /* last, as most of it is never touched */
};

/* Frees all blocks; returns yajl's allocation functions over `memory`. */
yajl_alloc_funcs json_memory_init(struct json_memory *memory);

#endif
