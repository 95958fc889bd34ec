/* Looks on while a story is played, and holds what must always be so against
 * what happens. Each rule is written from the manual, not from the code. */
#ifndef HOLYSHEEP_SIM_INVARIANTS_H
#define HOLYSHEEP_SIM_INVARIANTS_H

#include "host.h"
#include "model/prompt.h"

#include <stdbool.h>
#include <stddef.h>

struct invariants;

enum {
  TRIGGERS_MAX = 10, /* of a probe that costs money, an hour */
  BLIPS_MAX = 10,    /* that are logged of a probe, an hour */
  PLACES_MAX = 16,   /* where a balance may be */
};

/* What a model's answer has of what is expected. */
enum told { TOLD_ANYTHING, TOLD_EXPECTED, TOLD_OTHER };

/* What a relay says where it is asked for its balance. */
enum place_answer {
  PLACE_TELLS,
  PLACE_TELLS_HALF, /* the usage has to be asked for */
  PLACE_LACKS,      /* it is not there, */
  PLACE_DENIES,     /* or not for this client, */
  PLACE_REFUSES,    /* or not with this key */
  PLACE_UNDECIDED
};

/* The search for a balance. Places are indices, PLACES_MAX is none. */
struct watched_search {
  size_t first;  /* the next run has to begin there; none: anywhere, */
  size_t silent; /* but there, as it had all of Timeout */
  bool kept;     /* as the balance is there, and no other is asked */
  bool refused;  /* the last search resulted in that, by these places: */
  bool refusing[PLACES_MAX];
  bool in_doubt; /* whether they still do: it may search again */

  /* This run. */
  bool asked[PLACES_MAX];
  size_t asked_count;
  size_t place;             /* is asked, or was last */
  bool refuses[PLACES_MAX]; /* the key */
  unsigned key;             /* the relay's when it began */
  const struct story_event *event;
  bool is_half; /* the usage is asked for elsewhere */
  enum place_answer answer;
  enum cause cause;                 /* of the answer alone */
  unsigned passed_over[PLACES_MAX]; /* in so many searches in a row */
};

/* A host's probe while it runs. */
struct watched_probe {
  const struct relay_settings *relay;
  const struct probe_settings *settings;
  usec phase;
  usec shared_phase; /* with Share: on the wall clock */

  /* Its course. */
  bool in_flight;
  unsigned sent;     /* requests, since it started; */
  bool asking;       /* the last one is in flight, */
  usec requested;    /* it was sent then */
  usec timeout;      /* and has so long for an answer */
  char key[64];      /* that the first request to the place had */
  usec left;         /* of the run's timeout, by the answers so far */
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

  /* Its failures, and the votes that they lead to. */
  bool last_failed, certain, voted_fails;
  bool cut_off;         /* the last result: the network failed */
  bool disregarded;     /* the last failure, as the network was lost */
  bool ended_unseen;    /* since the last vote, the good answers could end it */
  usec failing_since;   /* the first of the failures in a row, */
  usec last_failure;    /* and the last failure */
  usec good_since;      /* the first good answer after that, */
  unsigned good_in_row; /* and how many since */

  /* Failures that make no incident. */
  unsigned unconfirmed;         /* in a row */
  unsigned not_logged;          /* since a blip was logged last */
  unsigned long long blips;     /* that were logged, */
  usec blips_logged[BLIPS_MAX]; /* the last ones then: a ring */

  /* Its last request to a model. */
  enum told told;
  bool told_whole; /* if nothing goes wrong on the way */
  double silence; /* seconds from FirstTokenTimeout to the first token: below 0,
                     it is in time; NAN: it depends */
  char word[EXPECT_MAX + PROMPT_WORD + 1]; /* what was expected */
  unsigned same_words;                     /* in a row */

  struct watched_search search;

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
  bool unreachable; /* as the last result says */
  char key[64];
  unsigned key_changes; /* or failures to read it: it may be another one */
  char balance_key[64]; /* the last balance was that of this key, */
  size_t balance_place; /* at this place, where it is searched for */
  double spent;         /* and so much had been spent with it */
  bool incident_open, any_event;
  enum problem problem; /* that the incident is called */
  usec *sent; /* a ring of the last requests, as many as MaxRequests */
  size_t sent_count;
  struct watched_series *series;
  size_t series_count, series_room;
};

enum { LEDGER_DAYS = 8 };

/* What a completion of a host may cost, over all the host's runs. */
struct spend_record {
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

struct invariants {
  struct host_observer hooks;
  const struct host *host;
  struct watched_relay *relays;
  size_t relay_count;
  bool lost;     /* the network is, by the last results */
  bool any_lost; /* or was, in this run */
  usec lost_at;  /* when that began last; 0: it was not in this run */
  usec found;    /* when it last was not any longer */
  usec full;     /* when all of MaxConnections were last in use */
  struct spend_record *spend_records;
  size_t spend_record_count, spend_record_room;
  char failure[512]; /* the first; empty: none */
  char rule[32];     /* which it broke */
};

void invariants_init(struct invariants *watch);
void invariants_free(struct invariants *watch);

/* A rule is broken. */
__attribute__((format(printf, 4, 5))) void
invariants_fail(struct invariants *watch, const struct watched_probe *probe,
                const char *rule, const char *format, ...);

/* Until when what is due at `time` is not late: ticks and standstills count. */
usec invariants_tolerance(const struct invariants *watch, usec time);

/* Whether the story has such an event for this host. */
bool invariants_has(const struct invariants *watch, enum event_kind kind,
                    double least);

/* --- the rules, by what they are about -------------------------------------
 */

/* When probes start and end. */
void invariants_schedule_open(struct invariants *watch,
                              struct watched_probe *probe);
void invariants_schedule_started(struct invariants *watch,
                                 struct watched_probe *probe);
void invariants_schedule_ended(struct invariants *watch,
                               struct watched_relay *relay,
                               struct watched_probe *probe,
                               const struct probe_result *result);
void invariants_schedule_check(struct invariants *watch,
                               struct watched_relay *relay,
                               const struct relay_state *state);

/* When the request in flight has to be over: a standstill takes no time of a
 * request's own. */
usec invariants_end_of_flight(const struct invariants *watch,
                              const struct watched_probe *probe);

/* Expect, and FirstTokenTimeout. */
void invariants_answers_sent(struct invariants *watch,
                             struct watched_probe *probe,
                             const struct request *request,
                             const struct story_event *event);
void invariants_answers_ended(struct invariants *watch,
                              const struct watched_probe *probe,
                              const struct probe_result *result);

/* <Billing "auto">. */
bool invariants_is_searched(const struct watched_probe *probe);
void invariants_search_open(struct watched_probe *probe);
void invariants_search_sent(struct invariants *watch,
                            const struct watched_relay *relay,
                            struct watched_probe *probe,
                            const struct request *request,
                            const struct story_event *event);
void invariants_search_answered(struct watched_probe *probe,
                                const struct probe_result *result);
void invariants_search_ended(struct invariants *watch,
                             struct watched_probe *probe,
                             const struct probe_result *result);

/* How many requests the run in flight, or else the next one, takes at most. */
unsigned invariants_search_requests(const struct watched_probe *probe);

/* What is spent of a balance. */
void invariants_balance_ended(struct invariants *watch,
                              struct watched_relay *relay,
                              const struct watched_probe *probe,
                              const struct relay_state *state,
                              const struct probe_result *result);

/* Incidents, and votes. */
void invariants_incidents_ended(struct invariants *watch,
                                struct watched_probe *probe,
                                const struct relay_state *state,
                                const struct probe_result *result);
void invariants_incidents_event(struct invariants *watch,
                                struct watched_relay *relay,
                                const struct relay_state *state,
                                enum incident_event event);
void invariants_incidents_check(struct invariants *watch,
                                struct watched_relay *relay,
                                const struct relay_state *state);

/* What is logged of failures that make no incident. */
void invariants_blips_ended(struct invariants *watch,
                            struct watched_probe *probe,
                            const struct relay_state *state,
                            const struct probe_result *result,
                            const struct blip *blip);

/* MaxRequests. */
void invariants_ratelimit_sent(struct invariants *watch,
                               struct watched_relay *relay,
                               const struct watched_probe *probe);
void invariants_ratelimit_held(struct invariants *watch,
                               const struct watched_relay *relay,
                               const struct watched_probe *probe);

/* MaxCostPerDay, and the file that remembers it. */
void invariants_cost_open(struct invariants *watch,
                          const struct watched_probe *probe);
void invariants_cost_started(struct invariants *watch,
                             const struct watched_probe *probe);
void invariants_cost_ended(struct invariants *watch,
                           const struct watched_probe *probe,
                           const struct probe_result *result);
void invariants_cost_held(struct invariants *watch,
                          const struct watched_probe *probe);
void invariants_cost_close(struct invariants *watch,
                           const struct watched_probe *probe);
void invariants_cost_saved(struct invariants *watch, const char *text,
                           size_t length);
void invariants_cost_free(struct invariants *watch);

/* What is published. */
void invariants_metrics_check(struct invariants *watch,
                              struct watched_relay *relay,
                              const struct relay_state *state);
void invariants_metrics_free(struct watched_relay *relay);

#endif
