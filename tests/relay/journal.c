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

enum { MAX_ENTRIES = 100000, MAX_BODY = 4096 };

int journal_open(struct journal *journal, const char *path) {
  *journal = (struct journal){0};
  TAILQ_INIT(&journal->entries);
  if (path == NULL)
    return 0;
  /* It contains the keys of requests. */
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

static void entry_release(struct journal_entry *entry) {
  if (--entry->references > 0)
    return;
  buffer_close(&entry->head);
  free(entry);
}

static void journal_drop_oldest(struct journal *journal) {
  struct journal_entry *oldest = TAILQ_FIRST(&journal->entries);
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

/* The length of the body that is kept. It never ends within a character. */
static size_t truncated_body_size(const struct journal_request *request) {
  size_t size = request->body_size;
  if (size <= MAX_BODY)
    return size;
  size = MAX_BODY;
  while (size > 0 && ((unsigned char)request->body[size] & 0xc0) == 0x80)
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

static void entry_write_request(struct journal_entry *entry,
                                const struct journal_request *request) {
  struct buffer *out = &entry->head;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  buffer_add_format(out, "{\"n\":%" PRIu64 ",\"t\":%lld.%06ld,\"mono\":%.6f",
                    entry->n, (long long)now.tv_sec, now.tv_nsec / 1000,
                    entry->received);
  add_member(out, "method", request->method);
  add_member(out, "path", request->path);
  add_member(out, "endpoint", request->endpoint);
  add_member(out, "key", request->key);
  buffer_add_text(out, ",\"body\":");
  buffer_add_json(out, request->body == NULL ? "" : request->body,
                  truncated_body_size(request));
  buffer_add_text(out, ",\"headers\":{");
  MHD_get_connection_values(request->connection, MHD_HEADER_KIND, add_header,
                            out);
  buffer_add_text(out, "}");
}

struct journal_entry *journal_add(struct journal *journal,
                                  const struct journal_request *request) {
  struct journal_entry *entry = xcalloc(sizeof(*entry));
  entry->n = ++journal->last;
  entry->received = loop_now();
  entry->server = entry->first_token = entry->last_token = -1;
  entry->largest_gap = -1;
  entry->references = 2;
  entry_write_request(entry, request);
  if (journal->count == MAX_ENTRIES)
    journal_drop_oldest(journal);
  TAILQ_INSERT_TAIL(&journal->entries, entry, entry);
  journal->count++;
  return entry;
}

void journal_response_started(struct journal_entry *entry, unsigned status) {
  entry->server = loop_now() - entry->received;
  entry->status = status;
}

void journal_token_sent(struct journal_entry *entry) {
  double now = loop_now() - entry->received;
  double gap = now - entry->last_token;
  if (entry->tokens++ == 0)
    entry->first_token = now;
  else if (gap > entry->largest_gap)
    entry->largest_gap = gap;
  entry->last_token = now;
}

/* Negative values are written as null. */
static void add_seconds(struct buffer *out, const char *name, double seconds) {
  if (seconds < 0)
    buffer_add_format(out, ",\"%s\":null", name);
  else
    buffer_add_format(out, ",\"%s\":%.6f", name, seconds);
}

static void entry_print(const struct journal_entry *entry, struct buffer *out) {
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

void journal_finish(struct journal *journal, struct journal_entry *entry) {
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
  const struct journal_entry *entry;
  const struct journal_entry *first = NULL;
  /* Searches from the end: usually only the newest are wanted. */
  TAILQ_FOREACH_REVERSE(entry, &journal->entries, entry_list, entry) {
    if (entry->n < from)
      break;
    first = entry;
  }
  for (entry = first; entry != NULL; entry = TAILQ_NEXT(entry, entry))
    entry_print(entry, out);
}
