/* The thread that writes StateFile. fsync simulates a hanging disk. */
#include "state/state_writer.h"

#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST "collectd-holysheep state 1\n"

static char folder[] = "/tmp/holysheep-unit-XXXXXX";
static char path[64];
static struct state_writer *writer;

/* --- a disk -------------------------------------------------------------- */

static pthread_mutex_t disk = PTHREAD_MUTEX_INITIALIZER; /* started: it hangs */
static atomic_uint syncs;

int __wrap_fsync(int file);

int __wrap_fsync(int file) {
  (void)file;
  syncs++;
  pthread_mutex_lock(&disk);
  pthread_mutex_unlock(&disk);
  return 0;
}

/* --- callbacks ------------------------------------------------------------ */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned answers;

static void on_woken(void *user) {
  ck_assert_ptr_eq(user, &answers);
  pthread_mutex_lock(&lock);
  answers++;
  pthread_cond_signal(&changed);
  pthread_mutex_unlock(&lock);
}

static struct write_status await_answers(unsigned count) {
  struct write_status written;
  pthread_mutex_lock(&lock);
  while (answers < count)
    pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  state_writer_poll(writer, &written);
  return written;
}

static void setup(void) {
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/state", folder);
  writer = state_writer_new(path, 64, on_woken, &answers);
  ck_assert_ptr_nonnull(writer);
}

static void teardown(void) {
  unlink(path);
  ck_assert_int_eq(rmdir(folder), 0);
}

static unsigned long put(const char *text) {
  return state_writer_submit(writer, text, strlen(text));
}

static void check_file(const char *wanted) {
  char text[64] = "";
  FILE *file = fopen(path, "r");
  ck_assert_ptr_nonnull(file);
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  ck_assert_str_eq(text, wanted);
}

/* --- tests ---------------------------------------------------------------- */

START_TEST(test_writes_are_sequential) {
  setup();
  for (unsigned i = 1; i <= 5; i++) {
    char text[64];
    snprintf(text, sizeof text, FIRST "%u", i);
    ck_assert_uint_eq(put(text), i);
    struct write_status written = await_answers(i);
    ck_assert(written.ok);
    ck_assert_uint_eq(written.number, i);
    ck_assert_uint_eq(syncs, 2 * i); /* the file and its folder */
    check_file(text);
  }
  state_writer_close(writer, unit_now() + USEC_PER_SEC);
  teardown();
}
END_TEST

START_TEST(test_errors_are_reported) {
  setup();
  ck_assert_int_eq(rmdir(folder), 0);
  put(FIRST);
  struct write_status written = await_answers(1);
  ck_assert(!written.ok);
  ck_assert_ptr_nonnull(strstr(written.error.text, "cannot be written"));
  state_writer_close(writer, unit_now() + USEC_PER_SEC);
}
END_TEST

/* While the disk hangs, callers continue, and only the last text is written. */
START_TEST(test_hanging_disk) {
  struct write_status written;
  setup();
  pthread_mutex_lock(&disk);
  put(FIRST "first");
  while (syncs == 0)
    sched_yield();
  put(FIRST "second");
  put(FIRST "third");
  state_writer_poll(writer, &written);
  ck_assert_uint_eq(written.number, 0);
  pthread_mutex_unlock(&disk);
  written = await_answers(2);
  ck_assert_uint_eq(written.number, 3);
  check_file(FIRST "third");
  state_writer_close(writer, unit_now() + USEC_PER_SEC);
  teardown();
}
END_TEST

/* The last text is written at shutdown, */
START_TEST(test_last_write_at_shutdown) {
  setup();
  put(FIRST "last");
  state_writer_close(writer, unit_now() + 60 * (usec)USEC_PER_SEC);
  check_file(FIRST "last");
  teardown();
}
END_TEST

/* unless the disk hangs: then the thread is abandoned and frees its memory
 * itself. */
START_TEST(test_shutdown_does_not_wait_for_the_disk) {
  setup();
  pthread_mutex_lock(&disk);
  put(FIRST "first");
  while (syncs == 0)
    sched_yield();
  put(FIRST "never");
  state_writer_close(writer, unit_now() + 1000);
  pthread_mutex_unlock(&disk);
  while (access(path, F_OK) != 0 || syncs < 2)
    sched_yield();
  check_file(FIRST "first");
  ck_assert_uint_eq(answers, 0);
  teardown();
}
END_TEST

int main(void) {
  return UNIT_RUN("state_writer", test_writes_are_sequential,
                  test_errors_are_reported, test_hanging_disk,
                  test_last_write_at_shutdown,
                  test_shutdown_does_not_wait_for_the_disk);
}
