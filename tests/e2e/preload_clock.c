/* Preloaded into collectd: shifts the wall clock while collectd runs, by the
 * number of seconds in the file named by CLOCK_STEP. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long step(void) {
  long seconds = 0;
  const char *name = getenv("CLOCK_STEP");
  FILE *file = name != NULL ? fopen(name, "re") : NULL;
  if (file == NULL)
    return 0;
  if (fscanf(file, "%ld", &seconds) != 1)
    seconds = 0;
  fclose(file);
  return seconds;
}

int clock_gettime(clockid_t id, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int status = real(id, now);
  if (status == 0 && id == CLOCK_REALTIME)
    now->tv_sec += step();
  return status;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL)
    *out = now.tv_sec;
  return now.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *lock,
                           const struct timespec *until) {
  int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *) =
      dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  struct timespec kernel = *until;
  kernel.tv_sec -= step();
  return real(cond, lock, &kernel);
}
