/* A relay's probes at work: what each sends, and when it is due. */
#ifndef HOLYSHEEP_PROBER_H
#define HOLYSHEEP_PROBER_H

#include "base/timer_heap.h"
#include "engine/limit.h"
#include "engine/schedule.h"
#include "state/relay_state.h"
#include "http/transfer.h"

#include <stdbool.h>
#include <stddef.h>

struct relay_run;

struct probe_run {
  struct agenda_item turn; /* first: the agenda gives it back */
  struct relay_run *relay;
  size_t index; /* among the relay's */
  struct schedule schedule;
  struct quota follows, explained;
  bool told_of_limit; /* that holds it back */
  struct request request;
  char *url, *next_url; /* of a second request, where one may be needed */
  char *body;           /* written anew for each request */
  struct outcome first; /* of two requests */
  unsigned requests;    /* how many it takes */
  unsigned promised;    /* of these, the window keeps room for so many */
  struct probe_run *next_waiting; /* for what it costs to be in StateFile, */
  unsigned long reservation;      /* which it is with this number */
  bool told_of_retry;             /* that the relay asks for too long a wait */
};

struct relay_run {
  struct relay_settings *settings; /* whose key is read again */
  struct relay_state state;
  struct probe_run *probes;
  struct curl_slist *get_headers, *post_headers;
  struct peer peer;
  struct window window; /* of its requests: MaxRequests */
  usec handed_on;       /* when its state was, last; the end of that */
  usec takes;           /* to hand it on, of late; 0: not known yet */
  size_t series;        /* at least; as many as were handed on last */
  size_t born;          /* of these, how many have been handed on */
  usec follow_next;     /* before this, no probe follows another */
  bool changed;         /* since the state was handed on, or it is */
  bool its_turn;        /* to be handed on, changed or not */
};

/* `host` is the vantage point's name, `wall` the Unix time. Settings and
 * bounds have to outlive it. False without memory; relay_run_free() is due
 * then as well. */
bool relay_run_init(struct relay_run *relay, struct relay_settings *settings,
                    const struct bounds *bounds, const char *host, usec now,
                    double wall);
void relay_run_free(struct relay_run *relay);

/* Whom its requests connect to. False without memory. */
bool relay_run_find_peer(struct relay_run *relay, struct resolver *resolver);

/* Makes the request of this moment ready to be sent. */
void probe_run_first(struct probe_run *probe);

/* Some probes take two requests, and both have to fit into the timeout: after
 * an outcome, whether there is to be another one, which is ready then. */
bool probe_run_next(struct probe_run *probe, const struct outcome *outcome);

usec usec_of(double seconds);

#endif
