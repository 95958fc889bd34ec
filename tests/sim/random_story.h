/* A random story in parts that can be left out, to find the shortest one that
 * still shows the same. */
#ifndef HOLYSHEEP_SIM_RANDOM_STORY_H
#define HOLYSHEEP_SIM_RANDOM_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  RANDOM_HOSTS = 12,
  RANDOM_RELAYS = 5,
  RANDOM_BLOCKS_FIRST = 4,
  RANDOM_BLOCKS = RANDOM_BLOCKS_FIRST + 3,
  RANDOM_LINES = 12,
  RANDOM_RUNS = 4,
  RANDOM_CONDITIONS = 16, /* the first events: what relays are usually like */
  RANDOM_EVENTS = RANDOM_CONDITIONS + 16,
};

/* A part is left out where its text is empty, or its flag says so. */
struct random_story_block {
  char head[64]; /* empty: none; else `<Chat "x">` */
  char lines[RANDOM_LINES][64];
};

struct random_story_relay {
  bool used;
  char lines[RANDOM_LINES][64];
  struct random_story_block blocks[RANDOM_BLOCKS];
};

struct random_story_host {
  bool used;
  double interval, clock;
  bool relays[RANDOM_RELAYS]; /* that it has */
  struct {
    bool used, keep;
    double from, to; /* below 0: to the end */
  } runs[RANDOM_RUNS];
};

struct random_story_event {
  bool used;
  double from, to;      /* below 0: to the end */
  int host, relay;      /* below 0: any */
  const char *endpoint; /* NULL: any */
  const char *path;     /* NULL: any */
  unsigned every;
  double share;
  char what[700]; /* `"break": {"kind": "dns"}` */
};

struct random_story {
  uint64_t seed;
  double until;
  unsigned max_connections; /* 0: as usual */
  struct random_story_host hosts[RANDOM_HOSTS];
  struct random_story_relay relays[RANDOM_RELAYS];
  struct random_story_event events[RANDOM_EVENTS];
};

void random_story_make(struct random_story *plan, uint64_t seed);

/* The story, as JSON; to be freed. */
char *random_story_print(const struct random_story *plan);

#endif
