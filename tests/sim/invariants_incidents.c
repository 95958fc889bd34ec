/* An incident begins once and ends once, with cause; the votes fit the results;
 * and a host without a network blames nobody. */
#include "invariants.h"

#include "probe/probe_kind.h"

#include <math.h>

static const usec second = USEC_PER_SEC;

/* A probe is certain to fail after two failures that span this, or one that
 * asks for a longer wait. */
#define CERTAIN_SPAN (5 * second)
#define CERTAIN_WAIT (20 * second)

/* An open incident ends after so long without a failure, at the earliest and at
 * the latest. */
#define HOLD_MIN (60 * second)
#define HOLD_MAX (15 * 60 * second)

/* Votes turn together so long after the last of the failing ones has failed
 * first, at the latest; a host is in doubt about its network for so long. */
#define GROUP_WAIT_MAX (14 * second)
#define DOUBT_MAX (12 * second)

/* A network that is back has to stay for so long. */
#define FOUND_WAIT (5 * second)

static usec time_of(const struct invariants *watch) {
  return watch->host->clock.now;
}

/* --- results ----------------------------------------------------------------
 */

static enum network_state network_of(const struct relay_state *state) {
  return state->incidents.network->state;
}

/* Whether the good answers so far end an open incident, at the earliest. */
static bool may_end(const struct watched_probe *probe, usec now) {
  bool confirmed =
      probe->settings->interval > HOLD_MIN && probe->good_in_row >= 2;
  return confirmed || now - probe->good_since >= HOLD_MIN;
}

static size_t count_unreachable(const struct invariants *watch) {
  size_t count = 0;
  for (size_t i = 0; i < watch->relay_count; i++)
    count += watch->relays[i].unreachable;
  return count;
}

/* A result says when the network is back. That is noted at once, as what is
 * published was last looked at up to an interval before. */
static void note_network(struct invariants *watch) {
  size_t unreachable = count_unreachable(watch);
  bool lost = unreachable >= 2 && 2 * unreachable >= watch->relay_count;
  if (!watch->lost && lost)
    watch->lost_at = time_of(watch);
  if (watch->lost && !lost)
    watch->found = time_of(watch);
  watch->lost = lost;
}

void invariants_incidents_ended(struct invariants *watch,
                                struct watched_probe *probe,
                                const struct relay_state *state,
                                const struct probe_result *result) {
  usec now = time_of(watch);
  bool failed = result->cause != CAUSE_OK;
  bool lost =
      network_of(state) == NETWORK_LOST && result->fault == FAULT_NETWORK;
  note_network(watch);
  probe->disregarded = failed && lost;
  probe->ended_unseen |= failed && !probe->last_failed && probe->voted_fails &&
                         may_end(probe, now);
  if (!failed) {
    bool first = probe->last_failed || probe->good_in_row == 0;
    probe->good_since = first ? now : probe->good_since;
    probe->good_in_row = first ? 1 : probe->good_in_row + 1;
  } else if (!probe->last_failed || lost) {
    probe->failing_since = now;
  }
  probe->last_failed = failed;
  if (!failed)
    return;
  probe->last_failure = now;
  probe->certain |= now - probe->failing_since >= CERTAIN_SPAN ||
                    probe->not_before - now > CERTAIN_WAIT;
}

/* --- the relay's incident
 * ----------------------------------------------------- */

/* One that was open in the run before may be. */
void invariants_incidents_event(struct invariants *watch,
                                struct watched_relay *relay,
                                const struct relay_state *state,
                                enum incident_event event) {
  const struct watched_probe *first = &relay->probes[0];
  bool resumed = watch->host->entry->keep && !relay->any_event;
  bool began = event == INCIDENT_BEGAN;
  relay->any_event = true;
  if (!resumed && began == relay->incident_open)
    invariants_fail(watch, first, "incident", "%s",
                    began ? "it begins twice" : "it goes on, and never began");
  if (event == INCIDENT_CHANGED &&
      incident_same_problem(state->incidents.problem, relay->problem))
    invariants_fail(watch, first, "incident", "it is called %s as before",
                    problem_name(relay->problem));
  relay->incident_open = event != INCIDENT_ENDED;
  relay->problem = state->incidents.problem;
  if (began && network_of(state) != NETWORK_FINE)
    invariants_fail(watch, first, "network", "the relay is blamed");
}

/* --- votes
 * ---------------------------------------------------------------------- */

static void check_begin(struct invariants *watch,
                        const struct watched_probe *probe) {
  if (!probe->certain)
    invariants_fail(watch, probe, "vote", "it fails after %.6f s of failures",
                    seconds_of(probe->last_failure - probe->failing_since));
}

/* The incident may have ended, and the probe failed again, since the last vote
 * that was published: while a limit of the probe's own suppressed it, or when
 * the answer that confirmed the end and the next failure came in one tick. */
static void check_end(struct invariants *watch,
                      const struct watched_probe *probe, usec now) {
  if (probe->ended_unseen)
    return;
  if (probe->last_failed && !probe->disregarded)
    invariants_fail(watch, probe, "vote", "it works, and has just failed");
  else if (!may_end(probe, now))
    invariants_fail(watch, probe, "vote", "it works after %.6f s",
                    seconds_of(now - probe->good_since));
}

/* What it has been for so long that the vote must say so. */
static void check_latest(struct invariants *watch,
                         const struct watched_probe *probe, enum vote vote,
                         usec now) {
  usec tolerance = DOUBT_MAX + engine_tick_length(&watch->host->settings);
  usec over = invariants_tolerance(watch, probe->good_since + HOLD_MAX);
  bool confirms = probe->settings->interval > HOLD_MIN;
  if (vote == VOTE_FAILS && probe->good_in_row > 0 && !probe->last_failed &&
      !confirms && now > over + tolerance)
    invariants_fail(watch, probe, "vote",
                    "it fails after a quarter of an hour");
  usec certain = probe->failing_since + GROUP_WAIT_MAX;
  if (vote == VOTE_WORKS && probe->last_failed && !probe->disregarded &&
      probe->last_failure - probe->failing_since >= CERTAIN_SPAN &&
      now > invariants_tolerance(watch, certain) + tolerance &&
      now > invariants_tolerance(watch, probe->last_failure) + tolerance)
    invariants_fail(watch, probe, "vote", "it works, after %.6f s of failures",
                    seconds_of(now - probe->failing_since));
}

static void check_probe(struct invariants *watch, struct watched_probe *probe,
                        const struct relay_state *state, size_t index) {
  usec now = time_of(watch);
  enum vote vote = relay_incidents_vote(&state->incidents, index);
  if (network_of(state) != NETWORK_FINE && vote != VOTE_NONE)
    invariants_fail(watch, probe, "network", "a vote without a network");
  if (vote == VOTE_FAILS && !probe->voted_fails && !watch->host->entry->keep)
    check_begin(watch, probe);
  if (vote == VOTE_WORKS && probe->voted_fails)
    check_end(watch, probe, now);
  if (vote != VOTE_NONE) {
    check_latest(watch, probe, vote, now);
    probe->voted_fails = vote == VOTE_FAILS;
    probe->ended_unseen = false;
  }
  if (vote == VOTE_WORKS && !probe->last_failed)
    probe->certain = false;
}

static void check_network(struct invariants *watch,
                          const struct relay_state *state) {
  bool says_lost = network_of(state) == NETWORK_LOST;
  usec now = time_of(watch);
  usec until = invariants_tolerance(watch, watch->found + FOUND_WAIT) +
               engine_tick_length(&watch->host->settings);
  if (watch->lost ? !says_lost : says_lost && now > until)
    invariants_fail(watch, NULL, "network",
                    "%zu of %zu relays cannot be reached",
                    count_unreachable(watch), watch->relay_count);
}

void invariants_incidents_check(struct invariants *watch,
                                struct watched_relay *relay,
                                const struct relay_state *state) {
  bool any = false;
  check_network(watch, state);
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    check_probe(watch, &relay->probes[i], state, i);
    any = any || relay_incidents_vote(&state->incidents, i) == VOTE_FAILS;
  }
  if (any && !relay->incident_open && !watch->host->entry->keep)
    invariants_fail(watch, &relay->probes[0], "incident",
                    "a vote without an incident");
}
