/* A random story in parts that can be left out, to find the shortest one that
 * still shows the same. */
#ifndef HOLYSHEEP_SIM_PLAN_H
#define HOLYSHEEP_SIM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  PLAN_HOSTS = 12,
  PLAN_RELAYS = 5,
  PLAN_BLOCKS = 4,
  PLAN_LINES = 8,
  PLAN_RUNS = 4,
  PLAN_EVENTS = 16,
};

/* A part is left out where its text is empty, or its flag says so. */
struct plan_block {
  char head[64]; /* empty: none; else `<Chat "x">` */
  char lines[PLAN_LINES][64];
};

struct plan_relay {
  bool used;
  char lines[PLAN_LINES][64];
  struct plan_block blocks[PLAN_BLOCKS];
};

struct plan_host {
  bool used;
  double interval, clock;
  bool relays[PLAN_RELAYS]; /* that it has */
  struct {
    bool used, keep;
    double from, to; /* below 0: to the end */
  } runs[PLAN_RUNS];
};

struct plan_event {
  bool used;
  double from, to;      /* below 0: to the end */
  int host, relay;      /* below 0: any */
  const char *endpoint; /* NULL: any */
  unsigned every;
  double share;
  char what[700]; /* `"break": {"kind": "dns"}` */
};

struct plan {
  uint64_t seed;
  double until;
  unsigned max_connections; /* 0: as usual */
  struct plan_host hosts[PLAN_HOSTS];
  struct plan_relay relays[PLAN_RELAYS];
  struct plan_event events[PLAN_EVENTS];
};

void plan_make(struct plan *plan, uint64_t seed);

/* The story, as JSON; to be freed. */
char *plan_print(const struct plan *plan);

#endif
