#include "state/system_files.h"

#include "state/state_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* --- reading ------------------------------------------------------------- */

static int read_all(int file, char *text, size_t size, size_t *length) {
  for (*length = 0; *length < size;) {
    ssize_t got = read(file, text + *length, size - *length);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    if (got == 0)
      break;
    *length += (size_t)got;
  }
  return 0;
}

static int read_regular(int file, char *text, size_t size, size_t *length,
                        struct stat *status) {
  if (fstat(file, status) != 0)
    return errno;
  return S_ISREG(status->st_mode) ? read_all(file, text, size, length)
                                  : FILE_NOT_REGULAR;
}

/* O_NONBLOCK: a FIFO instead of a file must not block collectd. */
static int read_path(void *user, const char *path, char *text, size_t size,
                     size_t *length, struct stat *status) {
  (void)user;
  int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0)
    return errno;
  int why = read_regular(file, text, size, length, status);
  close(file);
  return why;
}

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
         a->st_size == b->st_size && a->st_mode == b->st_mode &&
         a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
         a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
         a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_unchanged(void *user, const char *path,
                         const struct stat *status) {
  struct stat now;
  (void)user;
  return stat(path, &now) == 0 && is_same(&now, status) &&
         access(path, R_OK) == 0;
}

/* --- writing ------------------------------------------------------------- */

static void *open_writer(void *user, const char *path, size_t size_max,
                         void (*on_written)(void *user),
                         void *on_written_user) {
  (void)user;
  return state_writer_new(path, size_max, on_written, on_written_user);
}

static unsigned long submit(void *writer, const char *text, size_t length) {
  return state_writer_submit(writer, text, length);
}

static void poll_writer(void *writer, struct write_status *status) {
  state_writer_poll(writer, status);
}

static void close_writer(void *writer, usec until) {
  state_writer_close(writer, until);
}

const struct files system_files = {.read = read_path,
                                   .is_unchanged = is_unchanged,
                                   .open_writer = open_writer,
                                   .submit = submit,
                                   .poll_writer = poll_writer,
                                   .close_writer = close_writer};
