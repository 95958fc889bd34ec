/* Preloaded into collectd: a plugin beside ours that gives the whole process
 * the environment's locale, when it is loaded and for good, though collectd
 * itself insists on C's numbers. */
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
