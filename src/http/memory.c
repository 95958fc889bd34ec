#include "http/memory.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/crypto.h>

static _Thread_local bool ran_out;

void memory_watch(void) { ran_out = false; }

bool memory_ran_out(void) { return ran_out; }

void *memory_noted(void *block) {
  if (block == NULL)
    ran_out = true;
  return block;
}

/* --- libcurl's ----------------------------------------------------------- */

/* The same allocator that everybody has: what one of these gave may be freed
 * by whoever likes. */
static void *take(size_t size) { return memory_noted(malloc(size)); }

static void *take_again(void *block, size_t size) {
  return memory_noted(realloc(block, size));
}

static void *take_zeros(size_t count, size_t size) {
  return memory_noted(calloc(count, size));
}

static char *take_copy(const char *text) { return memory_noted(strdup(text)); }

/* --- OpenSSL's ----------------------------------------------------------- */

static void *tls_take(size_t size, const char *file, int line) {
  (void)file;
  (void)line;
  return take(size);
}

static void tls_free(void *block, const char *file, int line) {
  (void)file;
  (void)line;
  free(block);
}

static void *tls_take_again(void *block, size_t size, const char *file,
                            int line) {
  if (size > 0)
    return take_again(block, size);
  tls_free(block, file, line);
  return NULL;
}

bool memory_init(void) {
  CRYPTO_set_mem_functions(tls_take, tls_take_again, tls_free);
  return curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, free, take_again,
                              take_copy, take_zeros) == CURLE_OK;
}
