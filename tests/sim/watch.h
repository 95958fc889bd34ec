/* Looks on while a story is played, and holds what must always be so against
 * what happens. Each rule is written from the manual, not from the code. */
#ifndef HOLYSHEEP_SIM_WATCH_H
#define HOLYSHEEP_SIM_WATCH_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>

struct watch;

enum { TRIGGERS_MAX = 10 }; /* of a probe that costs money, an hour */

/* A host's probe while it runs. */
struct watched_probe {
  const struct relay_settings *relay;
  const struct probe_settings *settings;
  usec phase;

  /* Its course. */
  bool in_flight;
  bool was_started;  /* ever */
  usec started;      /* last */
  usec ended;        /* last */
  usec deadline;     /* the next one has to start by then */
  usec not_before;   /* nor earlier: Retry-After */
  usec sibling;      /* another probe of the relay fell or recovered, last */
  unsigned failures; /* in a row */
  usec triggers[TRIGGERS_MAX]; /* a ring: starts that only that explains */
  unsigned trigger;

  /* What has ended, in all. */
  unsigned long long requests, failed;
  unsigned long long latencies; /* that belong in the histogram */

  /* What was told. */
  enum cause cause;
  enum fault fault;
  bool told_held;
  bool held[REASON_COUNT]; /* since the last start */
};

struct watched_series;

struct watched_relay {
  const struct relay_settings *settings;
  struct watched_probe *probes;
  usec *sent; /* a ring of the last requests, as many as MaxRequests */
  size_t sent_count;
  struct watched_series *series;
  size_t series_count, series_room;
};

enum { LEDGER_DAYS = 8 };

/* What a completion of a host may cost, over all the host's runs. */
struct ledger {
  char *host, *relay, *model;
  struct {
    long long day;
    double spent; /* US dollars */
  } days[LEDGER_DAYS];
  long long latest; /* day */
  double highest;   /* a single one */
  bool restarted;   /* what was in flight then may count twice */
  double in_flight; /* may be spent */
};

struct watch {
  struct host_watch hooks;
  const struct host *host;
  struct watched_relay *relays;
  size_t relay_count;
  struct ledger *ledgers;
  size_t ledger_count, ledger_room;
  char failure[512]; /* the first; empty: none */
  char rule[32];     /* which it broke */
};

void watch_init(struct watch *watch);
void watch_free(struct watch *watch);

/* A rule is broken. */
__attribute__((format(printf, 4, 5))) void
watch_fail(struct watch *watch, const struct watched_probe *probe,
           const char *rule, const char *format, ...);

/* Until when what is due at `time` is not late: ticks and standstills count. */
usec watch_tolerance(const struct watch *watch, usec time);

/* Whether the story has such an event for this host. */
bool watch_has(const struct watch *watch, enum event_kind kind, double least);

/* --- the rules, by what they are about -------------------------------------
 */

/* When probes start and end. */
void watch_course_open(struct watch *watch, struct watched_probe *probe);
void watch_course_started(struct watch *watch, struct watched_probe *probe);
void watch_course_ended(struct watch *watch, struct watched_relay *relay,
                        struct watched_probe *probe,
                        const struct probe_result *result);
void watch_course_check(struct watch *watch, struct watched_relay *relay,
                        const struct relay_state *state);

/* MaxRequests. */
void watch_rate_sent(struct watch *watch, struct watched_relay *relay,
                     const struct watched_probe *probe);
void watch_rate_held(struct watch *watch, const struct watched_relay *relay,
                     const struct watched_probe *probe);

/* MaxCostPerDay, and the file that remembers it. */
void watch_money_open(struct watch *watch, const struct watched_probe *probe);
void watch_money_started(struct watch *watch,
                         const struct watched_probe *probe);
void watch_money_ended(struct watch *watch, const struct watched_probe *probe,
                       const struct probe_result *result);
void watch_money_held(struct watch *watch, const struct watched_probe *probe);
void watch_money_close(struct watch *watch, const struct watched_probe *probe);
void watch_money_saved(struct watch *watch, const char *text, size_t length);
void watch_money_free(struct watch *watch);

/* What is published. */
void watch_metrics_check(struct watch *watch, struct watched_relay *relay,
                         const struct relay_state *state);
void watch_metrics_free(struct watched_relay *relay);

#endif
