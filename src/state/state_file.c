#include "state/state_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char first_line[] = "collectd-holysheep state 1";

/* As the first line of every version begins. */
static const char ours[] = "collectd-holysheep state ";

/* --- reading ------------------------------------------------------------- */

static bool read_count(const char *text, uint64_t max, uint64_t *count) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  *count = number;
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
         number <= max;
}

/* `day today dearest relay model`, with tabs between. */
static bool read_line(char *line, struct saved *saved) {
  char *fields[5];
  uint64_t day;
  for (size_t i = 0; i < 5; i++) {
    fields[i] = line;
    size_t length = strcspn(line, "\t");
    bool last = line[length] == '\0';
    if (last != (i == 4))
      return false;
    line[length] = '\0';
    line += length + (last ? 0 : 1);
  }
  if (!read_count(fields[0], 1000000, &day) ||
      !read_count(fields[1], INT64_MAX, &saved->today) ||
      !read_count(fields[2], INT64_MAX, &saved->max_cost))
    return false;
  saved->day = (int64_t)day;
  saved->relay = fields[3];
  saved->model = fields[4];
  return true;
}

/* The next line, without its end; NULL when none is whole. */
static char *cut_line(char **text, char *end) {
  char *line = *text;
  char *stop = memchr(line, '\n', (size_t)(end - line));
  if (stop == NULL)
    return NULL;
  *stop = '\0';
  *text = stop + 1;
  return strlen(line) == (size_t)(stop - line) ? line : NULL;
}

/* Twice over the same lines: a damaged file is not half taken. */
static bool parse(char *text, char *end, state_file_take *take, void *user) {
  char *line = cut_line(&text, end);
  if (line == NULL || strcmp(line, first_line) != 0)
    return false;
  while (text < end) {
    struct saved saved;
    line = cut_line(&text, end);
    if (line == NULL || !read_line(line, &saved))
      return false;
    take(user, &saved);
  }
  return true;
}

static void ignore(void *user, const struct saved *saved) {
  (void)user;
  (void)saved;
}

bool state_file_parse(char *text, size_t length, state_file_take *take,
                      void *user) {
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return false;
  memcpy(copy, text, length);
  bool ok = parse(copy, copy + length, ignore, NULL);
  free(copy);
  return ok && parse(text, text + length, take, user);
}

/* --- whose it is --------------------------------------------------------- */

/* A power failure or a full disk may have left but the beginning. */
static bool is_ours(const char *text, size_t length) {
  size_t max = sizeof ours - 1;
  return memcmp(text, ours, length < max ? length : max) == 0;
}

/* O_NONBLOCK: a FIFO in the file's place must not hold collectd. */
static int open_old(const char *path) {
  return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool is_file(int descriptor) {
  struct stat about;
  return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

static bool not_ours(struct error *error) {
  return error_set(error, "is no state file of this plugin: it is left as it "
                          "is, and what was spent will be forgotten");
}

/* Whether nothing of anybody else's lies there. What cannot be read may be. */
static bool may_replace(const char *path, struct error *error) {
  char text[sizeof ours - 1];
  int descriptor = open_old(path);
  if (descriptor < 0)
    return errno == ENOENT ||
           error_set(error, "cannot be read: %s", strerror(errno));
  ssize_t length =
      is_file(descriptor) ? read(descriptor, text, sizeof text) : -1;
  close(descriptor);
  return (length >= 0 && is_ours(text, (size_t)length)) || not_ours(error);
}

/* --- reading it ---------------------------------------------------------- */

/* Whether the first line is whole, with the number of a version to come. */
static bool is_later(const char *text, size_t length) {
  size_t begin = sizeof ours - 1, end = begin;
  while (end < length && isdigit((unsigned char)text[end]))
    end++;
  return is_ours(text, length) && end < length && text[end] == '\n' &&
         text[begin] != '0' && (end > begin + 1 || text[begin] > '1');
}

static bool understand(char *text, size_t length, state_file_take *take,
                       void *user, bool *later, struct error *error) {
  *later = is_later(text, length);
  if (*later)
    return error_set(error, "was written by a later version: completions with "
                            "a MaxCostPerDay wait until midnight UTC");
  if (!is_ours(text, length))
    return not_ours(error);
  return length == 0 ||
         (length <= STATE_FILE_MAX &&
          state_file_parse(text, length, take, user)) ||
         error_set(error, "is damaged: what was spent today is forgotten");
}

static bool read_all(FILE *file, state_file_take *take, void *user, bool *later,
                     struct error *error) {
  char *text = malloc(STATE_FILE_MAX + 1);
  size_t length = text != NULL ? fread(text, 1, STATE_FILE_MAX + 1, file) : 0;
  bool ok = text != NULL && !ferror(file)
                ? understand(text, length, take, user, later, error)
                : error_set(error, "cannot be read");
  free(text);
  return ok;
}

static bool read_file(const char *path, state_file_take *take, void *user,
                      bool *later, struct error *error) {
  int descriptor = open_old(path);
  if (descriptor < 0 && errno == ENOENT)
    return true;
  FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
  if (file == NULL) {
    error_set(error, "cannot be read: %s", strerror(errno));
    if (descriptor >= 0)
      close(descriptor);
    return false;
  }
  bool ok = is_file(descriptor) ? read_all(file, take, user, later, error)
                                : not_ours(error);
  fclose(file);
  return ok;
}

bool state_file_read(const char *path, state_file_take *take, void *user,
                     bool *later, struct error *error) {
  *later = false;
  return read_file(path, take, user, later, error) ||
         error_prepend(error, "StateFile \"%s\": ", path);
}

/* --- writing ------------------------------------------------------------- */

size_t state_file_print(char *text, size_t size, state_file_next *next,
                        void *user) {
  struct saved saved;
  int added = snprintf(text, size, "%s\n", first_line);
  size_t length = 0;
  while (added > 0 && (size_t)added < size - length) {
    length += (size_t)added;
    if (!next(user, &saved))
      break;
    added =
        snprintf(text + length, size - length,
                 "%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n", saved.day,
                 saved.today, saved.max_cost, saved.relay, saved.model);
  }
  return length;
}

static bool write_all(int file, const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(file, text, length);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    text += written;
    length -= (size_t)written;
  }
  return fsync(file) == 0;
}

/* What lies there from an earlier time may be anything of ours. */
static bool write_new(const char *path, const char *text, size_t length) {
  unlink(path);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return false;
  bool ok = write_all(file, text, length);
  int why = errno;
  if (close(file) != 0)
    return false;
  errno = why;
  return ok;
}

/* The new name is on the disk only when the folder is. A folder that may not be
 * read, or a file system that cannot do it, is no reason to complain. */
static bool sync_folder(const char *path) {
  char folder[4200];
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s",
           slash != NULL ? (int)(slash - path + 1) : 1,
           slash != NULL ? path : ".");
  int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return true;
  bool ok = fsync(descriptor) == 0 || errno == EINVAL;
  int why = errno;
  close(descriptor);
  errno = why;
  return ok;
}

static bool replace(const char *path, const char *text, size_t length,
                    struct error *error) {
  char fresh[4200];
  snprintf(fresh, sizeof fresh, "%s.new", path);
  if (!may_replace(path, error))
    return false;
  if (!may_replace(fresh, error))
    return error_prepend(error, "%s: ", fresh);
  if (write_new(fresh, text, length) && rename(fresh, path) == 0 &&
      sync_folder(path))
    return true;
  error_set(error, "cannot be written: %s", strerror(errno));
  unlink(fresh);
  return false;
}

bool state_file_write(const char *path, const char *text, size_t length,
                      struct error *error) {
  return replace(path, text, length, error) ||
         error_prepend(error, "StateFile \"%s\": ", path);
}
