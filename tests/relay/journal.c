#define _GNU_SOURCE 1
#include "journal.h"

#include "event_loop.h"

#include <fcntl.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_ENTRIES = 100000, MOST_BODY = 4096 };

int journal_open(struct journal *journal, const char *path) {
  *journal = (struct journal){0};
  TAILQ_INIT(&journal->entries);
  if (path == NULL)
    return 0;
  /* It has the keys that came in it. */
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return -1;
  journal->file = fdopen(fd, "a");
  if (journal->file == NULL) {
    close(fd);
    return -1;
  }
  setvbuf(journal->file, NULL, _IOLBF, BUFSIZ);
  return 0;
}

void journal_close(struct journal *journal) {
  journal_clear(journal);
  if (journal->file != NULL)
    fclose(journal->file);
}

static void entry_release(struct entry *entry) {
  if (--entry->holders > 0)
    return;
  buffer_close(&entry->head);
  free(entry);
}

static void journal_drop_oldest(struct journal *journal) {
  struct entry *oldest = TAILQ_FIRST(&journal->entries);
  TAILQ_REMOVE(&journal->entries, oldest, entry);
  journal->count--;
  entry_release(oldest);
}

void journal_clear(struct journal *journal) {
  while (journal->count > 0)
    journal_drop_oldest(journal);
}

static void add_member(struct buffer *out, const char *name, const char *text) {
  buffer_add_format(out, ",\"%s\":", name);
  if (text == NULL)
    buffer_add_text(out, "null");
  else
    buffer_add_json(out, text, strlen(text));
}

/* As much of the body as is kept, and no half character at its end. */
static size_t kept_body_size(const struct arrival *arrival) {
  size_t size = arrival->body_size;
  if (size <= MOST_BODY)
    return size;
  size = MOST_BODY;
  while (size > 0 && ((unsigned char)arrival->body[size] & 0xc0) == 0x80)
    size--;
  return size;
}

static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind,
                                  const char *name, const char *value) {
  struct buffer *out = context;
  (void)kind;
  if (out->data[out->size - 1] != '{')
    buffer_add_text(out, ",");
  buffer_add_json(out, name, strlen(name));
  buffer_add_text(out, ":");
  value = value == NULL ? "" : value;
  buffer_add_json(out, value, strlen(value));
  return MHD_YES;
}

static void entry_describe(struct entry *entry, const struct arrival *arrival) {
  struct buffer *out = &entry->head;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  buffer_add_format(out, "{\"n\":%" PRIu64 ",\"t\":%lld.%06ld,\"mono\":%.6f",
                    entry->n, (long long)now.tv_sec, now.tv_nsec / 1000,
                    entry->arrived);
  add_member(out, "method", arrival->method);
  add_member(out, "path", arrival->path);
  add_member(out, "endpoint", arrival->endpoint);
  add_member(out, "key", arrival->key);
  buffer_add_text(out, ",\"body\":");
  buffer_add_json(out, arrival->body == NULL ? "" : arrival->body,
                  kept_body_size(arrival));
  buffer_add_text(out, ",\"headers\":{");
  MHD_get_connection_values(arrival->connection, MHD_HEADER_KIND, add_header,
                            out);
  buffer_add_text(out, "}");
}

struct entry *journal_arrived(struct journal *journal,
                              const struct arrival *arrival) {
  struct entry *entry = relay_allocate(sizeof(*entry));
  entry->n = ++journal->last;
  entry->arrived = loop_now();
  entry->server = entry->first_token = entry->last_token = -1;
  entry->largest_gap = -1;
  entry->holders = 2;
  entry_describe(entry, arrival);
  if (journal->count == MOST_ENTRIES)
    journal_drop_oldest(journal);
  TAILQ_INSERT_TAIL(&journal->entries, entry, entry);
  journal->count++;
  return entry;
}

void journal_answered(struct entry *entry, unsigned status) {
  entry->server = loop_now() - entry->arrived;
  entry->status = status;
}

void journal_token(struct entry *entry) {
  double now = loop_now() - entry->arrived;
  double gap = now - entry->last_token;
  if (entry->tokens++ == 0)
    entry->first_token = now;
  else if (gap > entry->largest_gap)
    entry->largest_gap = gap;
  entry->last_token = now;
}

/* Negative is null. */
static void add_seconds(struct buffer *out, const char *name, double seconds) {
  if (seconds < 0)
    buffer_add_format(out, ",\"%s\":null", name);
  else
    buffer_add_format(out, ",\"%s\":%.6f", name, seconds);
}

static void entry_print(const struct entry *entry, struct buffer *out) {
  buffer_add(out, entry->head.data, entry->head.size);
  buffer_add_format(out, ",\"status\":%u", entry->status);
  add_member(out, "fault", entry->fault);
  add_seconds(out, "server_seconds", entry->server);
  buffer_add_format(out, ",\"tokens\":%u", entry->tokens);
  add_seconds(out, "first_token_seconds", entry->first_token);
  add_seconds(out, "last_token_seconds", entry->last_token);
  add_seconds(out, "largest_gap_seconds", entry->largest_gap);
  buffer_add_text(out, "}\n");
}

void journal_finish(struct journal *journal, struct entry *entry) {
  if (journal->file != NULL) {
    struct buffer line = {0};
    entry_print(entry, &line);
    fwrite(line.data, 1, line.size, journal->file);
    buffer_close(&line);
  }
  entry_release(entry);
}

void journal_print(const struct journal *journal, uint64_t from,
                   struct buffer *out) {
  const struct entry *entry;
  const struct entry *first = NULL;
  /* From the end: whoever asks often asks for the newest. */
  TAILQ_FOREACH_REVERSE(entry, &journal->entries, entry_list, entry) {
    if (entry->n < from)
      break;
    first = entry;
  }
  for (entry = first; entry != NULL; entry = TAILQ_NEXT(entry, entry))
    entry_print(entry, out);
}
