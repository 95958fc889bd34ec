/* Preloaded into collectd: fsync() hangs as long as the file named by
 * DISK_HANGS exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int fsync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  while (access(getenv("DISK_HANGS"), F_OK) == 0)
    usleep(10000);
  return real(file);
}
