#include "engine/schedule.h"

#include <assert.h>

static uint64_t hash(uint64_t sum, const char *text) {
  do {
    sum = (sum ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
  } while (*text++ != '\0');
  return sum;
}

usec schedule_phase(const char *host, const char *relay, const char *probe,
                    usec interval) {
  assert(interval > 0);
  uint64_t sum = UINT64_C(0xcbf29ce484222325);
  sum = hash(hash(hash(sum, host), relay), probe);
  /* The low bits of FNV are the worse ones. */
  return (usec)((sum >> 16) % (uint64_t)interval);
}

/* The next regular run after `when`, at least half an interval away, so that
 * one that was started between two of them is not repeated at once. Even the
 * first may be in the future: the clock starts with the host. */
static usec next_run_after(const struct schedule *schedule, usec when) {
  usec earliest = when + schedule->interval / 2;
  usec run =
      (earliest - schedule->phase + schedule->interval) / schedule->interval;
  return schedule->phase + run * schedule->interval;
}

void schedule_init(struct schedule *schedule, usec interval, usec retry,
                   usec phase, usec now) {
  assert(interval > 0 && retry > 0 && phase >= 0 && phase < interval);
  *schedule = (struct schedule){
      .interval = interval, .retry = retry, .phase = phase, .due = now};
}

void schedule_start(struct schedule *schedule, usec now) {
  assert(!schedule->in_flight);
  schedule->started = now;
  schedule->due = next_run_after(schedule, now);
  schedule->in_flight = true;
  schedule->triggered = schedule->trigger_pending;
  schedule->trigger_pending = false;
  schedule->resynced = schedule->postponed = false;
}

unsigned schedule_count_missed(struct schedule *schedule, usec now) {
  unsigned skipped = 0;
  usec over = schedule->in_flight ? now : now - schedule->interval;
  while (schedule->due <= over) {
    schedule->due += schedule->interval;
    skipped++;
  }
  return skipped;
}

static usec later(usec a, usec b) { return a > b ? a : b; }

/* The delay doubles with each failure. Once it reaches the interval, the
 * regular runs take over, unless the next one is further away than that. */
static void back_off(struct schedule *schedule, usec now) {
  usec delay = schedule->retry;
  for (unsigned i = 1; i < schedule->failures && delay < schedule->interval;
       i++)
    delay *= 2;
  if (delay < schedule->interval)
    schedule->due = later(now, schedule->started + delay);
  else if (schedule->due > schedule->started + schedule->interval)
    schedule->due = later(now, schedule->started + schedule->interval);
}

void schedule_finish(struct schedule *schedule, usec now, bool failed) {
  assert(schedule->in_flight);
  schedule->in_flight = false;
  schedule->failures = failed ? schedule->failures + 1 : 0;
  if (failed)
    back_off(schedule, now);
  if (schedule->rerun) {
    schedule->rerun = false;
    schedule_trigger(schedule, now);
  }
}

usec schedule_next(const struct schedule *schedule) {
  return later(schedule->due, schedule->defer);
}

void schedule_defer(struct schedule *schedule, usec until) {
  schedule->defer = until;
}

void schedule_postpone(struct schedule *schedule, usec now, usec when) {
  schedule->due = when;
  if (!schedule->postponed)
    schedule->postponed_since = now;
  schedule->postponed = true;
}

void schedule_skip(struct schedule *schedule, usec now) {
  schedule->due = next_run_after(schedule, now);
  schedule->trigger_pending = false;
  schedule->resynced = schedule->postponed = false;
}

void schedule_trigger(struct schedule *schedule, usec when) {
  if (schedule->in_flight) {
    schedule->rerun = true;
  } else if (when <= schedule->due) {
    schedule->due = when;
    schedule->trigger_pending = true;
  }
}

void schedule_hasten(struct schedule *schedule, usec when) {
  schedule_trigger(schedule, when);
  schedule->trigger_pending = false;
}

void schedule_resync(struct schedule *schedule, usec now) {
  const usec spread = 10 * (usec)USEC_PER_SEC;
  usec span = schedule->interval < spread ? schedule->interval : spread;
  if (schedule->in_flight || schedule->resynced || schedule->due > now)
    return;
  schedule->due = now + schedule->phase % span;
  schedule->resynced = true;
}
