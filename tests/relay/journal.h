/* What arrived and what was answered, as one JSON object for each request. */
#ifndef RELAY_JOURNAL_H
#define RELAY_JOURNAL_H

#include "buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

struct MHD_Connection;

struct entry {
  uint64_t n;
  double arrived;    /* CLOCK_MONOTONIC */
  double server;     /* seconds, negative until something was answered */
  unsigned status;   /* 0 until then, and where no status line was sent */
  const char *fault; /* NULL without one */
  unsigned tokens;   /* of a stream, that left so far */
  double first_token, last_token, largest_gap; /* seconds, as server */
  struct buffer head; /* the object up to what the answer adds */
  unsigned holders;   /* the journal's list and the request */
  TAILQ_ENTRY(entry) entry;
};

struct journal {
  TAILQ_HEAD(entry_list, entry) entries; /* the newest last */
  size_t count;
  uint64_t last; /* the number of the newest entry ever */
  FILE *file;    /* or NULL */
};

/* What is known of a request when all of it is here. */
struct arrival {
  struct MHD_Connection *connection; /* for its headers */
  const char *method;
  const char *path; /* with the query */
  const char *endpoint;
  const char *key; /* or NULL */
  const char *body;
  size_t body_size;
};

/* The path may be NULL. 0, or -1 with errno set. */
int journal_open(struct journal *journal, const char *path);
void journal_close(struct journal *journal);

/* The entry is the caller's until journal_finish(). */
struct entry *journal_arrived(struct journal *journal,
                              const struct arrival *arrival);

/* To be called when the first byte of the answer leaves. */
void journal_answered(struct entry *entry, unsigned status);

/* To be called when a token of a stream leaves. */
void journal_token(struct entry *entry);

/* Nothing more will happen to the request: writes it to the file. */
void journal_finish(struct journal *journal, struct entry *entry);

/* Adds the entries from number `from` on, one a line. */
void journal_print(const struct journal *journal, uint64_t from,
                   struct buffer *out);
void journal_clear(struct journal *journal);

#endif
