/* Preloaded into collectd: acts like another plugin that, when loaded, switches
 * the whole process to the environment's locale for good, although collectd
 * relies on the C locale's number format. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <locale.h>

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

char *setlocale(int category, const char *name) {
  char *(*real)(int, const char *) = next("setlocale");
  (void)category;
  (void)name;
  return real(LC_ALL, "");
}

void *dlopen(const char *file, int mode) {
  void *(*real)(const char *, int) = next("dlopen");
  setlocale(LC_ALL, "");
  return real(file, mode);
}
