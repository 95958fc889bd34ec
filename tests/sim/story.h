/* A story: hosts with their configurations, and what happens to the relays and
 * to the hosts themselves. All times are seconds from the start. */
#ifndef HOLYSHEEP_SIM_STORY_H
#define HOLYSHEEP_SIM_STORY_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <yajl/yajl_tree.h>

struct story_host {
  const char *name;
  double from, to; /* it runs; INFINITY: for ever */
  double interval; /* the plugin's */
  double clock;    /* how far its wall clock is off */
  bool keep;       /* the state file of its last run is still there */
  const char *config;
};

struct story_chunk {
  double time; /* since the answer's first byte */
  const char *text;
  size_t length;
};

struct story_answer {
  double status;
  char **headers; /* "Name: value" */
  size_t header_count;
  struct story_chunk *chunks;
  size_t chunk_count;
  double after; /* to the first byte; below 0: as a healthy relay */
};

enum break_kind {
  BREAK_REFUSED,
  BREAK_RESET,
  BREAK_DNS,
  BREAK_UNROUTABLE,
  BREAK_DROPPED,
  BREAK_HANG,
  BREAK_TLS_EXPIRED,
  BREAK_TLS_NAME,
  BREAK_TLS_ISSUER,
  BREAK_CUT,   /* the answer breaks off */
  BREAK_STALL, /* the answer stops, and the connection stays open */
  BREAK_KINDS
};

struct story_break {
  enum break_kind kind;
  double after; /* below 0: as usual for the kind */
  double bytes; /* of the body that come first; below 0: half of it */
};

struct story_healthy {
  double balance; /* US dollars, at first; below 0: the usual one */
  double spend;   /* of it, an hour */
  double delay;   /* added */
  const char *model;
  double stream_tokens; /* of the prompt, in the usage of a stream; added */
  double first_token;   /* after the first byte of a stream; added */
  const char *reply;    /* the model's, whatever is asked; NULL: what is
                           expected */
};

enum event_kind {
  EVENT_ANSWER,
  EVENT_BREAK,
  EVENT_HEALTHY,
  EVENT_KEY,
  EVENT_CLOCK_STEP,
  EVENT_STANDSTILL,
  EVENT_WRITER_DELAY,
  EVENT_KINDS
};

struct story_event {
  double from, to;
  const char *host, *relay, *endpoint, *model; /* NULL: any */
  const char *path; /* below BaseURL, with all below it; NULL: any */
  double every;     /* each n-th request */
  double share;     /* of them, by the seed */
  enum event_kind kind;
  union {
    struct story_answer answer;
    struct story_break broken;
    struct story_healthy healthy;
    const char *key; /* NULL: the file is gone */
    double seconds;
  } of;
};

struct story {
  double seed, until, sample;
  struct story_host *hosts;
  size_t host_count;
  struct story_event *events;
  size_t event_count;
  yajl_val tree; /* has the texts */
};

/* Reads a story from its text. On a mistake false and one line: where it is,
 * and what would be right. story_free() is due in either case. */
bool story_read(struct story *story, const char *text, struct error *error);
void story_free(struct story *story);

/* Whether an event is about this host at this time. */
bool story_event_is_on(const struct story_event *event, const char *host,
                       double time);

#endif
