#include "state/incident.h"

#include <assert.h>

static const usec second = USEC_PER_SEC;
static const usec minute = 60 * (usec)USEC_PER_SEC;

/* Failures that span less may be a blip. */
#define CERTAIN_SPAN (5 * second)

/* A relay that asks to wait longer has said itself that it does not work, and
 * the next answer comes too late to confirm it. */
#define CERTAIN_WAIT (20 * second)

/* A probe with a longer interval is asked again at once, instead of being
 * waited for. */
#define CONFIRM_INTERVAL minute

/* How long it stays open without a failure; if it begins again within
 * AGAIN_SPAN, longer each time. */
#define HOLD_MIN minute
#define HOLD_MAX (15 * minute)
#define AGAIN_SPAN (30 * minute)

/* It has to be called something else this often in a row, for so long; and for
 * twice as long each time, or a relay with two answers by turns would have as
 * many incidents. */
#define RENAME_COUNT 3
#define RENAME_SPAN (30 * second)

static usec max_usec(usec a, usec b) { return a > b ? a : b; }
static usec min_usec(usec a, usec b) { return a < b ? a : b; }

void incident_init(struct incident *incident, usec interval) {
  *incident = (struct incident){.confirms = interval > CONFIRM_INTERVAL};
}

static bool is_outage(enum problem problem) {
  return problem == PROBLEM_ERROR || problem == PROBLEM_NETWORK ||
         problem == PROBLEM_TIMEOUT;
}

bool incident_same_problem(enum problem a, enum problem b) {
  return a == b || (is_outage(a) && is_outage(b));
}

bool incident_is_damped(const struct incident *incident) {
  return incident->on_and_off_since > 0;
}

/* --- its beginning ------------------------------------------------------- */

static void begin(struct incident *incident, enum problem problem,
                  struct moment now) {
  incident->phase = INCIDENT_FAILING;
  incident->problem = problem;
  incident->began = now;
  incident->failures = 1;
  incident->on_and_off_since = 0;
  incident->other_count = 0;
}

/* Until it is open, it is called what the last failure was. */
static void go_on(struct incident *incident, enum problem problem,
                  struct moment now) {
  incident->failures++;
  if (!incident_same_problem(incident->problem, problem))
    incident->problem = problem;
  if (now.time - incident->began.time >= CERTAIN_SPAN)
    incident->phase = INCIDENT_CERTAIN;
}

static bool begins_again(const struct incident *incident) {
  return incident->ended_before &&
         incident->began.time - incident->ended <= AGAIN_SPAN;
}

/* Longer than the last time, and long enough that a good spell like the last
 * one would not have ended it. */
static usec longer_hold(const struct incident *incident) {
  usec good = incident->began.time - incident->recovered.time;
  return min_usec(HOLD_MAX, max_usec(2 * incident->last_hold, good * 3 / 2));
}

void incident_open(struct incident *incident) {
  assert(incident->phase == INCIDENT_CERTAIN);
  bool again = begins_again(incident);
  incident->phase = INCIDENT_OPEN;
  incident->rename_span = RENAME_SPAN;
  incident->hold = again ? longer_hold(incident) : HOLD_MIN;
  incident->on_and_off_since = again ? incident->last_since : 0;
  incident->recovering = false;
}

/* --- its name ------------------------------------------------------------ */

static void rename_to_other(struct incident *incident) {
  incident->problem = incident->other;
  incident->began = incident->other_from;
  incident->other_count = 0;
  incident->rename_span = min_usec(HOLD_MAX, 2 * incident->rename_span);
}

/* One incident ends and another begins where the problem is another one, but
 * not when answers vary. */
static void consider_name(struct incident *incident, enum problem problem,
                          struct moment now) {
  if (incident_same_problem(incident->problem, problem)) {
    incident->other_count = 0;
    return;
  }
  if (incident->other_count == 0 ||
      !incident_same_problem(incident->other, problem)) {
    incident->other = problem;
    incident->other_from = now;
    incident->other_count = 0;
  }
  incident->other_count++;
  if (incident->other_count >= RENAME_COUNT &&
      now.time - incident->other_from.time >= incident->rename_span)
    rename_to_other(incident);
}

void incident_fail(struct incident *incident, enum problem problem, usec wait,
                   struct moment now) {
  incident->recovering = false;
  if (incident->phase == INCIDENT_OPEN) {
    consider_name(incident, problem, now);
    return;
  }
  if (incident->phase == INCIDENT_NONE)
    begin(incident, problem, now);
  else
    go_on(incident, problem, now);
  if (wait > CERTAIN_WAIT)
    incident->phase = INCIDENT_CERTAIN;
}

/* --- its end ------------------------------------------------------------- */

bool incident_may_be_blip(const struct incident *incident) {
  return incident->phase == INCIDENT_FAILING ||
         incident->phase == INCIDENT_CERTAIN;
}

/* A good answer after one failure makes that a blip; it also starts the good
 * spell anew. */
void incident_succeed(struct incident *incident, struct moment now) {
  if (!incident->recovering) {
    incident->recovering = true;
    incident->recovered = now;
    incident->good = 0;
  }
  incident->good++;
  incident->other_count = 0;
  if (incident->phase != INCIDENT_OPEN)
    incident->phase = INCIDENT_NONE;
}

bool incident_wants_confirmation(const struct incident *incident) {
  return incident->confirms && incident->phase == INCIDENT_OPEN &&
         incident->recovering && incident->good < 2;
}

usec incident_deadline(const struct incident *incident) {
  if (incident->phase != INCIDENT_OPEN || !incident->recovering ||
      incident_wants_confirmation(incident))
    return INT64_MAX;
  bool at_once = incident->confirms && !incident_is_damped(incident);
  return incident->recovered.time + (at_once ? 0 : incident->hold);
}

bool incident_tick(struct incident *incident, usec now) {
  if (now < incident_deadline(incident))
    return false;
  incident->phase = INCIDENT_NONE;
  incident->ended_before = true;
  incident->ended = now;
  incident->last_hold = incident->hold;
  incident->last_since = incident_is_damped(incident)
                             ? incident->on_and_off_since
                             : incident->began.wall;
  return true;
}

/* --- what is not its own ------------------------------------------------- */

void incident_disregard(struct incident *incident) {
  if (incident->phase == INCIDENT_OPEN)
    incident->recovering = false;
  else
    incident->phase = INCIDENT_NONE;
}

void incident_resume(struct incident *incident, enum problem problem, usec hold,
                     struct moment since, double on_and_off_since) {
  incident->phase = INCIDENT_OPEN;
  incident->rename_span = RENAME_SPAN;
  incident->problem = problem;
  incident->began = since;
  incident->on_and_off_since = on_and_off_since;
  incident->hold = min_usec(HOLD_MAX, max_usec(HOLD_MIN, hold));
  incident->recovering = false;
}
