#include "state/state_writer.h"

#include "state/state_file.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct state_writer {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  state_writer_woken *woken;
  void *user;
  char *path;
  char *next, *current; /* texts: the one to come, and the one in the making */
  size_t length;        /* of the next */
  unsigned long handed; /* the number of the last text, */
  unsigned long begun;  /* and of the one in the making or the last made */
  struct written written;
  bool closing; /* no more will come */
  bool ended;   /* the thread has */
  bool left;    /* to itself: nobody else knows of it */
};

static void release(struct state_writer *writer) {
  free(writer->path);
  free(writer->next);
  free(writer->current);
  free(writer);
}

static void destroy(struct state_writer *writer) {
  pthread_cond_destroy(&writer->changed);
  pthread_mutex_destroy(&writer->lock);
  release(writer);
}

/* --- its thread ---------------------------------------------------------- */

static bool wait_for_text(struct state_writer *writer) {
  while (writer->begun == writer->handed && !writer->closing)
    pthread_cond_wait(&writer->changed, &writer->lock);
  return writer->begun != writer->handed && !writer->left;
}

/* Without the lock while the disk has it. */
static void write_next(struct state_writer *writer) {
  struct written written = {.number = writer->handed};
  char *text = writer->next;
  size_t length = writer->length;
  writer->next = writer->current;
  writer->current = text;
  writer->begun = written.number;
  pthread_mutex_unlock(&writer->lock);
  written.ok = state_file_write(writer->path, text, length, &written.error);
  pthread_mutex_lock(&writer->lock);
  writer->written = written;
  if (!writer->left)
    writer->woken(writer->user);
}

static void *run(void *user) {
  struct state_writer *writer = user;
  pthread_mutex_lock(&writer->lock);
  while (wait_for_text(writer))
    write_next(writer);
  writer->ended = true;
  pthread_cond_signal(&writer->changed);
  bool left = writer->left;
  pthread_mutex_unlock(&writer->lock);
  if (left)
    destroy(writer);
  return NULL;
}

/* --- whoever hands texts over -------------------------------------------- */

/* Its waits are measured on the clock that nobody sets. */
static bool init_condition(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  if (pthread_condattr_init(&attributes) != 0)
    return false;
  bool ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
            pthread_cond_init(condition, &attributes) == 0;
  pthread_condattr_destroy(&attributes);
  return ok;
}

/* The daemon's signals are for the daemon's threads. */
static bool start(struct state_writer *writer) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = pthread_create(&writer->thread, NULL, run, writer) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

static bool init(struct state_writer *writer) {
  if (pthread_mutex_init(&writer->lock, NULL) != 0)
    return false;
  if (init_condition(&writer->changed)) {
    if (start(writer))
      return true;
    pthread_cond_destroy(&writer->changed);
  }
  pthread_mutex_destroy(&writer->lock);
  return false;
}

struct state_writer *state_writer_new(const char *path, size_t max,
                                      state_writer_woken *woken, void *user) {
  struct state_writer *writer = calloc(1, sizeof *writer);
  if (writer == NULL)
    return NULL;
  writer->woken = woken;
  writer->user = user;
  writer->path = strdup(path);
  writer->next = malloc(max);
  writer->current = malloc(max);
  if (writer->path != NULL && writer->next != NULL && writer->current != NULL &&
      init(writer))
    return writer;
  release(writer);
  return NULL;
}

unsigned long state_writer_put(struct state_writer *writer, const char *text,
                               size_t length) {
  pthread_mutex_lock(&writer->lock);
  memcpy(writer->next, text, length);
  writer->length = length;
  unsigned long number = ++writer->handed;
  pthread_cond_signal(&writer->changed);
  pthread_mutex_unlock(&writer->lock);
  return number;
}

void state_writer_look(struct state_writer *writer, struct written *written) {
  pthread_mutex_lock(&writer->lock);
  *written = writer->written;
  pthread_mutex_unlock(&writer->lock);
}

static struct timespec after(usec patience) {
  struct timespec when;
  clock_gettime(CLOCK_MONOTONIC, &when);
  usec nanoseconds = when.tv_nsec + patience % USEC_PER_SEC * 1000;
  when.tv_sec += (time_t)(patience / USEC_PER_SEC + nanoseconds / 1000000000);
  when.tv_nsec = (long)(nanoseconds % 1000000000);
  return when;
}

void state_writer_close(struct state_writer *writer, usec patience) {
  if (writer == NULL)
    return;
  struct timespec until = after(patience);
  pthread_mutex_lock(&writer->lock);
  writer->closing = true;
  pthread_cond_signal(&writer->changed);
  while (!writer->ended &&
         pthread_cond_timedwait(&writer->changed, &writer->lock, &until) == 0)
    continue;
  bool ended = writer->ended;
  writer->left = !ended;
  pthread_t thread = writer->thread;
  pthread_mutex_unlock(&writer->lock);
  if (ended) {
    pthread_join(thread, NULL);
    destroy(writer);
  } else {
    pthread_detach(thread);
  }
}
