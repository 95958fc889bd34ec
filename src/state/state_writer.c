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
  state_writer_on_written *on_written;
  void *user;
  char *path;
  char *next, *current;    /* texts: submitted, and being written */
  size_t length;           /* of the next */
  unsigned long submitted; /* the number of the last submitted text */
  unsigned long
      started; /* the number of the text being written, or the last one */
  struct write_status status;
  bool closing;   /* no more texts will be submitted */
  bool finished;  /* the thread has ended */
  bool abandoned; /* the thread frees the writer */
};

static void free_memory(struct state_writer *writer) {
  free(writer->path);
  free(writer->next);
  free(writer->current);
  free(writer);
}

static void destroy(struct state_writer *writer) {
  pthread_cond_destroy(&writer->changed);
  pthread_mutex_destroy(&writer->lock);
  free_memory(writer);
}

/* --- the writer's thread ------------------------------------------------- */

static bool wait_for_text(struct state_writer *writer) {
  while (writer->started == writer->submitted && !writer->closing)
    pthread_cond_wait(&writer->changed, &writer->lock);
  return writer->started != writer->submitted && !writer->abandoned;
}

/* Writes without holding the lock. */
static void write_next(struct state_writer *writer) {
  struct write_status status = {.number = writer->submitted};
  char *text = writer->next;
  size_t length = writer->length;
  writer->next = writer->current;
  writer->current = text;
  writer->started = status.number;
  pthread_mutex_unlock(&writer->lock);
  status.ok = state_file_write(writer->path, text, length, &status.error);
  pthread_mutex_lock(&writer->lock);
  writer->status = status;
  if (!writer->abandoned)
    writer->on_written(writer->user);
}

static void *run_thread(void *user) {
  struct state_writer *writer = user;
  pthread_mutex_lock(&writer->lock);
  while (wait_for_text(writer))
    write_next(writer);
  writer->finished = true;
  pthread_cond_signal(&writer->changed);
  bool abandoned = writer->abandoned;
  pthread_mutex_unlock(&writer->lock);
  if (abandoned)
    destroy(writer);
  return NULL;
}

/* --- the caller's threads ------------------------------------------------ */

/* Timed waits must not depend on the wall clock. */
static bool init_condition(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  if (pthread_condattr_init(&attributes) != 0)
    return false;
  bool ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
            pthread_cond_init(condition, &attributes) == 0;
  pthread_condattr_destroy(&attributes);
  return ok;
}

/* The daemon's signals are left to the daemon's threads. */
static bool start_thread(struct state_writer *writer) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool ok = pthread_create(&writer->thread, NULL, run_thread, writer) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return ok;
}

static bool init(struct state_writer *writer) {
  if (pthread_mutex_init(&writer->lock, NULL) != 0)
    return false;
  if (init_condition(&writer->changed)) {
    if (start_thread(writer))
      return true;
    pthread_cond_destroy(&writer->changed);
  }
  pthread_mutex_destroy(&writer->lock);
  return false;
}

struct state_writer *state_writer_new(const char *path, size_t size_max,
                                      state_writer_on_written *on_written,
                                      void *user) {
  struct state_writer *writer = calloc(1, sizeof *writer);
  if (writer == NULL)
    return NULL;
  writer->on_written = on_written;
  writer->user = user;
  writer->path = strdup(path);
  writer->next = malloc(size_max);
  writer->current = malloc(size_max);
  if (writer->path != NULL && writer->next != NULL && writer->current != NULL &&
      init(writer))
    return writer;
  free_memory(writer);
  return NULL;
}

unsigned long state_writer_submit(struct state_writer *writer, const char *text,
                                  size_t length) {
  pthread_mutex_lock(&writer->lock);
  memcpy(writer->next, text, length);
  writer->length = length;
  unsigned long number = ++writer->submitted;
  pthread_cond_signal(&writer->changed);
  pthread_mutex_unlock(&writer->lock);
  return number;
}

void state_writer_poll(struct state_writer *writer,
                       struct write_status *status) {
  pthread_mutex_lock(&writer->lock);
  *status = writer->status;
  pthread_mutex_unlock(&writer->lock);
}

void state_writer_close(struct state_writer *writer, usec until) {
  if (writer == NULL)
    return;
  const struct timespec end = {.tv_sec = until / USEC_PER_SEC,
                               .tv_nsec = until % USEC_PER_SEC * 1000};
  pthread_mutex_lock(&writer->lock);
  writer->closing = true;
  pthread_cond_signal(&writer->changed);
  while (!writer->finished &&
         pthread_cond_timedwait(&writer->changed, &writer->lock, &end) == 0)
    continue;
  bool finished = writer->finished;
  writer->abandoned = !finished;
  pthread_t thread = writer->thread;
  pthread_mutex_unlock(&writer->lock);
  if (finished) {
    pthread_join(thread, NULL);
    destroy(writer);
  } else {
    pthread_detach(thread);
  }
}
