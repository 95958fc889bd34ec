/* Preloaded into collectd: while the file named by HOLYSHEEP_DENY_WHILE exists,
 * every n-th allocation (HOLYSHEEP_DENY_EVERY) by the library whose name begins
 * with HOLYSHEEP_DENY_TO fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_calloc(size_t count, size_t size);

static int is_of_library(const void *caller) {
  const char *wanted = getenv("HOLYSHEEP_DENY_TO");
  Dl_info info;
  if (wanted == NULL || dladdr(caller, &info) == 0)
    return 0;
  const char *slash = strrchr(info.dli_fname, '/');
  const char *name = slash != NULL ? slash + 1 : info.dli_fname;
  return strncmp(name, wanted, strlen(wanted)) == 0;
}

static int is_denied(const void *caller) {
  static atomic_uint count;
  static _Thread_local int busy; /* the calls below may allocate too */
  if (busy)
    return 0;
  busy = 1;
  int saved = errno, denied = 0;
  const char *file = getenv("HOLYSHEEP_DENY_WHILE");
  const char *every = getenv("HOLYSHEEP_DENY_EVERY");
  if (file != NULL && every != NULL && is_of_library(caller) &&
      access(file, F_OK) == 0)
    denied = atomic_fetch_add(&count, 1) % (unsigned)atoi(every) == 0;
  errno = denied ? ENOMEM : saved;
  busy = 0;
  return denied;
}

void *malloc(size_t size) {
  return is_denied(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *realloc(void *block, size_t size) {
  return is_denied(__builtin_return_address(0)) ? NULL
                                                : __libc_realloc(block, size);
}

void *calloc(size_t count, size_t size) {
  return is_denied(__builtin_return_address(0)) ? NULL
                                                : __libc_calloc(count, size);
}
