#include "state/relay_incidents.h"

#include "probe/probe_kind.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

static const usec second = USEC_PER_SEC;

/* The votes wait for a failing probe for so long: it is certain after two
 * repetitions, which are 6 s after its first failure by default. */
#define GROUP_WAIT (7 * second)
/* They do not wait longer than this, however many fail one after another. */
#define GROUP_WAIT_MAX (14 * second)

/* While a limit of its own suppresses a probe, its vote counts for two
 * intervals, but no longer than this. */
#define SUPPRESSED_MAX (300 * second)

bool relay_incidents_init(struct relay_incidents *relay,
                          const struct relay_settings *settings) {
  *relay = (struct relay_incidents){.count = settings->probe_count};
  relay->probes = calloc(settings->probe_count, sizeof *relay->probes);
  if (relay->probes == NULL)
    return false;
  for (size_t i = 0; i < relay->count; i++) {
    const struct probe_settings *probe = &settings->probes[i];
    relay->probes[i].interval = probe->interval;
    relay->probes[i].answered = relay->probes[i].asked = -1;
    relay->probes[i].worked_asked = relay->probes[i].refused_asked = -1;
    relay->probes[i].uses_tokens =
        probe_kind_has(probe->kind, PROBE_USES_TOKENS);
    incident_init(&relay->probes[i].incident, probe->interval);
  }
  return true;
}

void relay_incidents_free(struct relay_incidents *relay) {
  free(relay->probes);
  relay->probes = NULL;
}

static enum network_state network_of(const struct relay_incidents *relay) {
  return relay->network != NULL ? relay->network->state : NETWORK_FINE;
}

static bool is_open(const struct probe_incident *probe) {
  return probe->incident.phase == INCIDENT_OPEN;
}

/* --- the votes turn together ---------------------------------------------- */

/* It failed, but its vote has not turned. */
static bool is_waiting(const struct probe_incident *probe) {
  return incident_may_be_blip(&probe->incident);
}

/* When the first and the last of those that wait first failed, and when the
 * first was started. */
struct group {
  usec first, last, asked;
  bool certain; /* at least one of them */
};

static struct group group_of(const struct relay_incidents *relay) {
  struct group group = {
      .first = INT64_MAX, .last = INT64_MIN, .asked = INT64_MAX};
  for (size_t i = 0; i < relay->count; i++) {
    const struct incident *incident = &relay->probes[i].incident;
    if (!is_waiting(&relay->probes[i]))
      continue;
    if (incident->began.time < group.first)
      group.first = incident->began.time;
    if (relay->probes[i].failing_asked < group.asked)
      group.asked = relay->probes[i].failing_asked;
    if (incident->began.time > group.last)
      group.last = incident->began.time;
    group.certain |= incident->phase == INCIDENT_CERTAIN;
  }
  return group;
}

static usec group_deadline(const struct group *group) {
  usec last = group->last + GROUP_WAIT, max = group->first + GROUP_WAIT_MAX;
  return last < max ? last : max;
}

/* Whether nothing more is to be expected of it within seconds. What it was
 * asked before that time says nothing. */
static bool is_settled(const struct probe_incident *probe, usec since,
                       usec now) {
  if (probe->incident.phase == INCIDENT_FAILING)
    return false;
  return probe->incident.phase != INCIDENT_NONE || probe->asked >= since ||
         probe->waits_until > now || probe->suppressed;
}

static bool all_settled(const struct relay_incidents *relay, usec since,
                        usec now) {
  for (size_t i = 0; i < relay->count; i++)
    if (!is_settled(&relay->probes[i], since, now))
      return false;
  return true;
}

static void open_probe(struct probe_incident *probe) {
  incident_open(&probe->incident);
  probe->known = true;
}

static void open_certain(struct relay_incidents *relay, usec now) {
  struct group group = group_of(relay);
  if (!group.certain || network_of(relay) != NETWORK_FINE ||
      (now < group_deadline(&group) && !all_settled(relay, group.asked, now)))
    return;
  for (size_t i = 0; i < relay->count; i++)
    if (relay->probes[i].incident.phase == INCIDENT_CERTAIN)
      open_probe(&relay->probes[i]);
}

/* --- the relay's incident --------------------------------------------------
 */

static double earlier(double a, double b) {
  return a == 0 || (b > 0 && b < a) ? b : a;
}

/* The most severe problem of those that are open; PROBLEM_NONE: none is. */
static enum problem worst_problem(const struct relay_incidents *relay) {
  enum problem worst = PROBLEM_NONE;
  for (size_t i = 0; i < relay->count; i++) {
    const struct probe_incident *probe = &relay->probes[i];
    if (is_open(probe) &&
        (worst == PROBLEM_NONE || probe->incident.problem < worst))
      worst = probe->incident.problem;
  }
  return worst;
}

static void involve_open(struct relay_incidents *relay) {
  for (size_t i = 0; i < relay->count; i++) {
    struct probe_incident *probe = &relay->probes[i];
    if (!is_open(probe))
      continue;
    probe->involved = true;
    probe->seen[probe->incident.problem] = true;
    if (probe->incident.began.time < relay->since.time)
      relay->since = probe->incident.began;
    relay->on_and_off_since =
        earlier(relay->on_and_off_since, probe->incident.on_and_off_since);
  }
}

static void begin(struct relay_incidents *relay) {
  relay->open = true;
  relay->since.time = INT64_MAX;
  relay->on_and_off_since = 0;
  for (size_t i = 0; i < relay->count; i++)
    relay->probes[i].involved = false;
}

static void end(struct relay_incidents *relay) {
  relay->open = false;
  relay->recovered = relay->since;
  for (size_t i = 0; i < relay->count; i++)
    if (relay->probes[i].involved &&
        relay->probes[i].incident.recovered.time > relay->recovered.time)
      relay->recovered = relay->probes[i].incident.recovered;
}

static enum incident_event join(struct relay_incidents *relay) {
  enum problem worst = worst_problem(relay);
  bool was_open = relay->open;
  if (worst == PROBLEM_NONE) {
    if (was_open)
      end(relay);
    return was_open ? INCIDENT_ENDED : INCIDENT_NO_EVENT;
  }
  if (!was_open)
    begin(relay);
  involve_open(relay);
  bool same = was_open && incident_same_problem(worst, relay->problem);
  if (!same)
    relay->problem = worst;
  return !was_open ? INCIDENT_BEGAN
         : !same   ? INCIDENT_CHANGED
                   : INCIDENT_NO_EVENT;
}

/* --- the votes -------------------------------------------------------------
 */

/* Whether the relay seems to be down to it. It need not be certain: collectd
 * takes its time to drop a value that is not there any longer, and a blip is
 * over by then. */
static bool is_out(const struct probe_incident *probe) {
  return probe->incident.phase != INCIDENT_NONE &&
         incident_same_problem(probe->incident.problem, PROBLEM_ERROR);
}

/* Whether it waits, as the relay asked it to, while the relay has gone down:
 * what it knows is out of date if each probe that does not wait fails, and one
 * at least began to after this one was answered. */
static bool is_overtaken(const struct relay_incidents *relay,
                         const struct probe_incident *probe) {
  bool later = false;
  if (probe->waits_until == 0 || is_out(probe))
    return false;
  for (size_t i = 0; i < relay->count; i++) {
    const struct probe_incident *other = &relay->probes[i];
    if (other->waits_until != 0 || !other->known)
      continue;
    if (!is_out(other) || other->fault == FAULT_ACCOUNT)
      return false;
    later |= other->failing_asked > probe->answered;
  }
  return later;
}

enum vote relay_incidents_vote(const struct relay_incidents *relay,
                               size_t index) {
  assert(index < relay->count);
  const struct probe_incident *probe = &relay->probes[index];
  if (network_of(relay) != NETWORK_FINE || !probe->known ||
      is_overtaken(relay, probe))
    return VOTE_NONE;
  return is_open(probe) ? VOTE_FAILS : VOTE_WORKS;
}

static double since_of(const struct probe_incident *probe) {
  return is_open(probe) ? probe->incident.began.wall : 0;
}

/* A doubt is not worth a publication: it is over before collectd drops a value
 * that is not there any longer. */
static bool note_votes(struct relay_incidents *relay) {
  bool changed = false;
  if (network_of(relay) == NETWORK_IN_DOUBT)
    return false;
  for (size_t i = 0; i < relay->count; i++) {
    struct probe_incident *probe = &relay->probes[i];
    enum vote vote = relay_incidents_vote(relay, i);
    changed |= vote != probe->published ||
               since_of(probe) != probe->published_since ||
               (vote == VOTE_FAILS &&
                probe->incident.problem != probe->published_problem);
    probe->published = vote;
    probe->published_problem = probe->incident.problem;
    probe->published_since = since_of(probe);
  }
  return changed;
}

struct incident_change relay_incidents_tick(struct relay_incidents *relay,
                                            usec now) {
  for (size_t i = 0; i < relay->count; i++) {
    struct probe_incident *probe = &relay->probes[i];
    incident_tick(&probe->incident, now);
    if (probe->suppressed && now >= probe->vote_until)
      probe->known = false;
  }
  open_certain(relay, now);
  enum incident_event event = join(relay);
  return (struct incident_change){.votes = note_votes(relay), .event = event};
}

static usec min_usec(usec a, usec b) { return a < b ? a : b; }

usec relay_incidents_deadline(const struct relay_incidents *relay) {
  struct group group = group_of(relay);
  usec next = INT64_MAX;
  for (size_t i = 0; i < relay->count; i++) {
    const struct probe_incident *probe = &relay->probes[i];
    next = min_usec(next, incident_deadline(&probe->incident));
    if (probe->suppressed && probe->known)
      next = min_usec(next, probe->vote_until);
  }
  if (group.certain && network_of(relay) == NETWORK_FINE)
    next = min_usec(next, group_deadline(&group));
  return next;
}

/* --- results ---------------------------------------------------------------
 */

/* Whether the key works for a completion, and did since this probe was first
 * told that it is refused. */
static bool key_works(const struct relay_incidents *relay,
                      const struct probe_incident *probe) {
  for (size_t i = 0; i < relay->count; i++) {
    const struct probe_incident *other = &relay->probes[i];
    if (other != probe && other->uses_tokens && other->refused_asked < 0 &&
        (probe->key_accepted || other->worked_asked >= probe->refused_asked))
      return true;
  }
  return false;
}

static void note_key(struct probe_incident *probe,
                     const struct incident_result *result) {
  if (result->problem != PROBLEM_KEY) {
    probe->refused_asked = -1;
    probe->key_accepted = false;
  } else if (probe->refused_asked < 0) {
    probe->refused_asked = result->started;
  }
}

static void note_result(struct probe_incident *probe,
                        const struct incident_result *result, usec now) {
  bool fails = result->problem != PROBLEM_NONE;
  if (!fails)
    probe->worked_asked = result->started;
  else if (!probe->failing)
    probe->failing_asked = result->started;
  probe->failing = fails;
  probe->fault = result->fault;
  probe->answered = now;
  probe->asked = result->started;
  probe->waits_until = result->wait > 0 ? now + result->wait : 0;
  probe->suppressed = false;
  note_key(probe, result);
}

static void record_failure(struct relay_incidents *relay,
                           struct probe_incident *probe,
                           const struct incident_result *result,
                           struct moment now) {
  enum problem problem = result->problem;
  if (problem == PROBLEM_KEY && key_works(relay, probe))
    problem = PROBLEM_ERROR;
  incident_fail(&probe->incident, problem, result->wait, now);
}

struct incident_change
relay_incidents_record(struct relay_incidents *relay, size_t index,
                       const struct incident_result *result,
                       struct moment now) {
  assert(index < relay->count);
  struct probe_incident *probe = &relay->probes[index];
  note_result(probe, result, now.time);
  if (network_of(relay) == NETWORK_LOST && result->fault == FAULT_NETWORK) {
    incident_disregard(&probe->incident);
    return relay_incidents_tick(relay, now.time);
  }
  if (probe->failing)
    record_failure(relay, probe, result, now);
  else
    incident_succeed(&probe->incident, now);
  probe->known |= !probe->failing || is_open(probe);
  return relay_incidents_tick(relay, now.time);
}

struct incident_change relay_incidents_suppress(struct relay_incidents *relay,
                                                size_t index, usec now) {
  assert(index < relay->count);
  struct probe_incident *probe = &relay->probes[index];
  if (!probe->suppressed)
    probe->vote_until =
        is_open(probe) ? now + min_usec(2 * probe->interval, SUPPRESSED_MAX)
                       : now;
  probe->suppressed = true;
  return relay_incidents_tick(relay, now);
}

struct incident_change
relay_incidents_network_changed(struct relay_incidents *relay, usec now) {
  for (size_t i = 0; i < relay->count; i++) {
    if (network_of(relay) != NETWORK_LOST)
      break;
    incident_disregard(&relay->probes[i].incident);
    relay->probes[i].known = false;
  }
  return relay_incidents_tick(relay, now);
}

void relay_incidents_resume(struct relay_incidents *relay, size_t index,
                            enum problem problem, usec hold,
                            struct moment since, double on_and_off_since) {
  assert(index < relay->count);
  struct probe_incident *probe = &relay->probes[index];
  incident_resume(&probe->incident, problem, hold, since, on_and_off_since);
  probe->key_accepted = problem == PROBLEM_ERROR && !probe->uses_tokens;
  join(relay);
}
