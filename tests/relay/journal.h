/* The request journal: one JSON object per request, with its response. */
#ifndef RELAY_JOURNAL_H
#define RELAY_JOURNAL_H

#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

struct MHD_Connection;

struct journal_entry {
  uint64_t n;
  double received; /* CLOCK_MONOTONIC */
  double server;   /* seconds to the first byte of the response, negative before
                      it */
  unsigned status; /* 0 before that, and if no status line was sent */
  const char *fault; /* NULL without one */
  unsigned tokens;   /* tokens sent so far in a stream */
  double first_token, last_token, largest_gap; /* seconds since `received` */
  struct buffer head;  /* the members that describe the request */
  unsigned references; /* held by the journal's list and by the request */
  TAILQ_ENTRY(journal_entry) entry;
};

struct journal {
  TAILQ_HEAD(entry_list, journal_entry) entries; /* newest last */
  size_t count;
  uint64_t last; /* number of the newest entry, also after a clear */
  FILE *file;    /* or NULL */
};

/* A complete request, as recorded in the journal. */
struct journal_request {
  struct MHD_Connection *connection; /* for its headers */
  const char *method;
  const char *path; /* with the query */
  const char *endpoint;
  const char *key; /* or NULL */
  const char *body;
  size_t body_size;
};

/* The path may be NULL. Returns 0, or -1 with errno set. */
int journal_open(struct journal *journal, const char *path);
void journal_close(struct journal *journal);

/* The caller owns a reference to the entry until journal_finish(). */
struct journal_entry *journal_add(struct journal *journal,
                                  const struct journal_request *request);

/* Call this when the first byte of the response is sent. */
void journal_response_started(struct journal_entry *entry, unsigned status);

/* Call this when a token of a stream is sent. */
void journal_token_sent(struct journal_entry *entry);

/* The request is over: writes the entry to the file and releases it. */
void journal_finish(struct journal *journal, struct journal_entry *entry);

/* Appends the entries from number `from` on, one per line. */
void journal_print(const struct journal *journal, uint64_t from,
                   struct buffer *out);
void journal_clear(struct journal *journal);

#endif
