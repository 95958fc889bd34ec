#include "http/memory.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

static _Thread_local bool ran_out;

void memory_reset(void) { ran_out = false; }

bool memory_ran_out(void) { return ran_out; }

void *memory_noted(void *block) {
  if (block == NULL)
    ran_out = true;
  return block;
}

/* --- libcurl's ----------------------------------------------------------- */

/* Blocks come from the normal allocator: they may be freed anywhere. */
static void *noted_malloc(size_t size) { return memory_noted(malloc(size)); }

static void *noted_realloc(void *block, size_t size) {
  return memory_noted(realloc(block, size));
}

static void *noted_calloc(size_t count, size_t size) {
  return memory_noted(calloc(count, size));
}

static char *noted_strdup(const char *text) {
  return memory_noted(strdup(text));
}

/* --- OpenSSL's ----------------------------------------------------------- */

static void *tls_malloc(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return noted_malloc(size);
}

static void tls_free(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  free(block);
}

static void *tls_realloc(void *block, size_t size, const char *file, int line) {
  if (size > 0)
    return noted_realloc(block, size);
  tls_free(block, file, line);
  return NULL;
}

bool memory_init(void) {
  CRYPTO_set_mem_functions(tls_malloc, tls_realloc, tls_free);
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, noted_malloc, free,
                              noted_realloc, noted_strdup,
                              noted_calloc) == CURLE_OK;
}
