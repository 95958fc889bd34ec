#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char first_line[] = "collectd-holysheep state 1";

/* --- reading ------------------------------------------------------------- */

static bool read_count(const char *text, uint64_t most, uint64_t *count) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  *count = number;
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
         number <= most;
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
      !read_count(fields[2], INT64_MAX, &saved->dearest))
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

/* An empty one may be what a full disk left of it. */
static bool is_ours(const char *text, size_t length) {
  return length == 0 || (length >= sizeof first_line - 1 &&
                         memcmp(text, first_line, sizeof first_line - 1) == 0);
}

/* It may be worth more than what is spent. */
static bool put_aside(const char *path, struct error *error) {
  char aside[4200];
  snprintf(aside, sizeof aside, "%s.not-ours", path);
  if (rename(path, aside) != 0)
    return error_set(error, "is not ours, and cannot be put aside: %s",
                     strerror(errno));
  return error_set(error, "is not ours: it is %s now", aside);
}

static bool read_all(const char *path, FILE *file, state_file_take *take,
                     void *user, struct error *error) {
  char *text = malloc(STATE_FILE_MAX + 1);
  size_t length = text != NULL ? fread(text, 1, STATE_FILE_MAX + 1, file) : 0;
  bool ok = text != NULL && !ferror(file) && length <= STATE_FILE_MAX &&
            is_ours(text, length) && state_file_parse(text, length, take, user);
  if (text == NULL || ferror(file))
    error_set(error, "cannot be read");
  else if (!is_ours(text, length))
    put_aside(path, error);
  else if (!ok)
    error_set(error, "is damaged: what was spent today is forgotten");
  free(text);
  return ok;
}

/* O_NONBLOCK: a FIFO in the file's place must not hold collectd. */
static bool read_file(const char *path, state_file_take *take, void *user,
                      struct error *error) {
  int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT)
    return true;
  FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
  if (file == NULL) {
    error_set(error, "cannot be read: %s", strerror(errno));
    if (descriptor >= 0)
      close(descriptor);
    return false;
  }
  bool ok = read_all(path, file, take, user, error);
  fclose(file);
  return ok;
}

bool state_file_read(const char *path, state_file_take *take, void *user,
                     struct error *error) {
  return read_file(path, take, user, error) ||
         error_within(error, "StateFile \"%s\": ", path);
}

/* --- writing ------------------------------------------------------------- */

static bool write_all(FILE *file, state_file_next *next, void *user) {
  struct saved saved;
  fprintf(file, "%s\n", first_line);
  while (next(user, &saved))
    fprintf(file, "%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n", saved.day,
            saved.today, saved.dearest, saved.relay, saved.model);
  return !ferror(file);
}

/* What lies there from an earlier time may be anything. */
static bool write_new(const char *path, state_file_next *next, void *user) {
  unlink(path);
  int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return false;
  FILE *file = fdopen(descriptor, "w");
  if (file == NULL) {
    close(descriptor);
    return false;
  }
  bool ok = write_all(file, next, user);
  return fclose(file) == 0 && ok;
}

bool state_file_write(const char *path, state_file_next *next, void *user,
                      struct error *error) {
  char fresh[4200];
  snprintf(fresh, sizeof fresh, "%s.new", path);
  if (write_new(fresh, next, user) && rename(fresh, path) == 0)
    return true;
  error_set(error, "StateFile \"%s\": cannot be written: %s", path,
            strerror(errno));
  unlink(fresh);
  return false;
}
