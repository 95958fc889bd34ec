/* Preloaded into collectd: a disk that hangs as long as the file is there that
 * DISK_HANGS names. */
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
