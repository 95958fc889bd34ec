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

static const char header[] = "collectd-holysheep state 1";
static const char header_with_incidents[] = "collectd-holysheep state 2";

/* The first field of an incident's line. */
static const char incident[] = "incident";

/* The first line of every version starts with this. */
static const char signature[] = "collectd-holysheep state ";

/* --- reading ------------------------------------------------------------- */

static bool parse_count(const char *text, uint64_t max, uint64_t *count) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  *count = number;
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
         number <= max;
}

enum { FIELDS_MAX = 8, SPENDING_FIELDS = 5 };

/* Splits the line at its tabs. Returns how many fields there are; 0: too many.
 */
static size_t split(char *line, char *fields[FIELDS_MAX]) {
  for (size_t count = 0; count < FIELDS_MAX;) {
    fields[count++] = line;
    size_t length = strcspn(line, "\t");
    if (line[length] == '\0')
      return count;
    line[length] = '\0';
    line += length + 1;
  }
  return 0;
}

/* `day today max_cost relay model`, separated by tabs. */
static bool parse_spending(char *const fields[], size_t count,
                           struct state_file_entry *entry) {
  uint64_t day;
  if (count != SPENDING_FIELDS || !parse_count(fields[0], 1000000, &day) ||
      !parse_count(fields[1], INT64_MAX, &entry->today) ||
      !parse_count(fields[2], INT64_MAX, &entry->max_cost))
    return false;
  entry->day = (int64_t)day;
  entry->relay = fields[3];
  entry->model = fields[4];
  return true;
}

static bool parse_seconds(const char *text, int64_t *seconds) {
  uint64_t count;
  bool ok = parse_count(text, UINT64_C(99999999999), &count);
  *seconds = (int64_t)count;
  return ok;
}

/* `incident since on_and_off_since hold last problem relay probe`, likewise. */
static bool parse_incident(char *const fields[], size_t count,
                           struct state_file_entry *entry) {
  entry->kind = STATE_FILE_INCIDENT;
  if (count != FIELDS_MAX || !parse_seconds(fields[1], &entry->since) ||
      !parse_seconds(fields[2], &entry->on_and_off_since) ||
      !parse_seconds(fields[3], &entry->hold) ||
      !parse_seconds(fields[4], &entry->last))
    return false;
  entry->problem = fields[5];
  entry->relay = fields[6];
  entry->probe = fields[7];
  return true;
}

static bool parse_entry(char *line, bool may_be_incident,
                        struct state_file_entry *entry) {
  char *fields[FIELDS_MAX];
  size_t count = split(line, fields);
  *entry = (struct state_file_entry){.kind = STATE_FILE_SPENDING};
  return may_be_incident && strcmp(fields[0], incident) == 0
             ? parse_incident(fields, count, entry)
             : parse_spending(fields, count, entry);
}

/* The next line, terminated in place; NULL if it is incomplete. */
static char *next_line(char **text, char *end) {
  char *line = *text;
  char *stop = memchr(line, '\n', (size_t)(end - line));
  if (stop == NULL)
    return NULL;
  *stop = '\0';
  *text = stop + 1;
  return strlen(line) == (size_t)(stop - line) ? line : NULL;
}

/* The text is parsed twice, so that a damaged one yields no entries at all. */
static bool parse_lines(char *text, char *end, state_file_on_entry *on_entry,
                        void *user) {
  char *line = next_line(&text, end);
  bool may_have_incidents =
      line != NULL && strcmp(line, header_with_incidents) == 0;
  if (line == NULL || (!may_have_incidents && strcmp(line, header) != 0))
    return false;
  while (text < end) {
    struct state_file_entry entry;
    line = next_line(&text, end);
    if (line == NULL || !parse_entry(line, may_have_incidents, &entry))
      return false;
    on_entry(user, &entry);
  }
  return true;
}

static void ignore(void *user, const struct state_file_entry *entry) {
  (void)user;
  (void)entry;
}

bool state_file_parse(char *text, size_t length, state_file_on_entry *on_entry,
                      void *user) {
  char *copy = malloc(length + 1);
  if (copy == NULL)
    return false;
  memcpy(copy, text, length);
  bool ok = parse_lines(copy, copy + length, ignore, NULL);
  free(copy);
  return ok && parse_lines(text, text + length, on_entry, user);
}

/* --- whether it is this plugin's ----------------------------------------- */

/* A power failure or a full disk may have truncated it. */
static bool has_signature(const char *text, size_t length) {
  size_t max = sizeof signature - 1;
  return memcmp(text, signature, length < max ? length : max) == 0;
}

/* O_NONBLOCK: a FIFO instead of a file must not block collectd. */
static int open_existing(const char *path) {
  return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static bool is_regular_file(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static bool not_ours(struct error *error) {
  return error_set(error, "is not a state file of this plugin: it is left "
                          "unchanged, and nothing will survive a restart");
}

/* Whether there is no file, or one of this plugin's. A file that cannot be read
 * may be someone else's. */
static bool check_replaceable(const char *path, struct error *error) {
  char text[sizeof signature - 1];
  int descriptor = open_existing(path);
  if (descriptor < 0)
    return errno == ENOENT ||
           error_set(error, "cannot be read: %s", strerror(errno));
  ssize_t length =
      is_regular_file(descriptor) ? read(descriptor, text, sizeof text) : -1;
  close(descriptor);
  return (length >= 0 && has_signature(text, (size_t)length)) ||
         not_ours(error);
}

/* --- reading it ---------------------------------------------------------- */

/* Whether the first line is complete and has a higher version. */
static bool is_newer_version(const char *text, size_t length) {
  size_t begin = sizeof signature - 1, end = begin;
  while (end < length && isdigit((unsigned char)text[end]))
    end++;
  return has_signature(text, length) && end < length && text[end] == '\n' &&
         text[begin] != '0' && (end > begin + 1 || text[begin] > '2');
}

static bool parse_content(char *text, size_t length,
                          state_file_on_entry *on_entry, void *user,
                          bool *newer, struct error *error) {
  *newer = is_newer_version(text, length);
  if (*newer)
    return error_set(error, "was written by a newer version: completions with "
                            "MaxCostPerDay are suppressed until midnight UTC");
  if (!has_signature(text, length))
    return not_ours(error);
  return length == 0 ||
         (length <= STATE_FILE_MAX &&
          state_file_parse(text, length, on_entry, user)) ||
         error_set(error, "is damaged: today's spending so far and open "
                          "incidents are lost");
}

/* Only then is the memory for a whole one taken. */
static int probe_file(const struct files *files, const char *path) {
  char start[1];
  size_t length;
  struct stat status;
  return files->read(files->user, path, start, sizeof start, &length, &status);
}

static int read_content(const struct files *files, const char *path, char *text,
                        size_t *length) {
  struct stat status;
  return text != NULL ? files->read(files->user, path, text, STATE_FILE_MAX + 1,
                                    length, &status)
                      : ENOMEM;
}

static bool read_path(const struct files *files, const char *path,
                      state_file_on_entry *on_entry, void *user, bool *newer,
                      struct error *error) {
  size_t length = 0;
  int why = probe_file(files, path);
  if (why == ENOENT)
    return true;
  char *text = why == 0 ? malloc(STATE_FILE_MAX + 1) : NULL;
  if (why == 0)
    why = read_content(files, path, text, &length);
  bool ok = why == 0 ? parse_content(text, length, on_entry, user, newer, error)
            : why == FILE_NOT_REGULAR
                ? not_ours(error)
                : error_set(error, "cannot be read: %s", strerror(why));
  free(text);
  return ok;
}

bool state_file_read(const struct files *files, const char *path,
                     state_file_on_entry *on_entry, void *user, bool *newer,
                     struct error *error) {
  *newer = false;
  return read_path(files, path, on_entry, user, newer, error) ||
         error_prepend(error, "StateFile \"%s\": ", path);
}

/* --- writing ------------------------------------------------------------- */

static int print_entry(char *text, size_t size,
                       const struct state_file_entry *entry) {
  if (entry->kind == STATE_FILE_SPENDING)
    return snprintf(
        text, size, "%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n",
        entry->day, entry->today, entry->max_cost, entry->relay, entry->model);
  return snprintf(text, size,
                  "%s\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64
                  "\t%s\t%s\t%s\n",
                  incident, entry->since, entry->on_and_off_since, entry->hold,
                  entry->last, entry->problem, entry->relay, entry->probe);
}

size_t state_file_print(char *text, size_t size, bool has_incidents,
                        state_file_next_entry *next_entry, void *user) {
  struct state_file_entry entry;
  int added = snprintf(text, size, "%s\n",
                       has_incidents ? header_with_incidents : header);
  size_t length = 0;
  while (added > 0 && (size_t)added < size - length) {
    length += (size_t)added;
    if (!next_entry(user, &entry))
      break;
    added = print_entry(text + length, size - length, &entry);
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

/* A crash may have left a temporary file there. */
static bool write_temporary(const char *path, const char *text, size_t length) {
  unlink(path);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0)
    return false;
  bool ok = write_all(file, text, length);
  int error_number = errno;
  if (close(file) != 0)
    return false;
  errno = error_number;
  return ok;
}

/* The renamed file is only durable once its directory is. A directory that
 * cannot be read, or a file system without support for it, is not an error. */
static bool sync_directory(const char *path) {
  char directory[4200];
  const char *slash = strrchr(path, '/');
  snprintf(directory, sizeof directory, "%.*s",
           slash != NULL ? (int)(slash - path + 1) : 1,
           slash != NULL ? path : ".");
  int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return true;
  bool ok = fsync(descriptor) == 0 || errno == EINVAL;
  int error_number = errno;
  close(descriptor);
  errno = error_number;
  return ok;
}

static bool replace_file(const char *path, const char *text, size_t length,
                         struct error *error) {
  char temporary[4200];
  snprintf(temporary, sizeof temporary, "%s.new", path);
  if (!check_replaceable(path, error))
    return false;
  if (!check_replaceable(temporary, error))
    return error_prepend(error, "%s: ", temporary);
  if (write_temporary(temporary, text, length) &&
      rename(temporary, path) == 0 && sync_directory(path))
    return true;
  error_set(error, "cannot be written: %s", strerror(errno));
  unlink(temporary);
  return false;
}

bool state_file_write(const char *path, const char *text, size_t length,
                      struct error *error) {
  return replace_file(path, text, length, error) ||
         error_prepend(error, "StateFile \"%s\": ", path);
}
