#include "engine/schedule.h"

#include <assert.h>
#include <string.h>

/* --- phases -------------------------------------------------------------- */

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static uint64_t hash_bytes(uint64_t sum, const char *bytes, size_t length) {
  for (size_t i = 0; i < length; i++)
    sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
  return sum;
}

static uint64_t hash(uint64_t sum, const char *text) {
  return hash_bytes(sum, text, strlen(text) + 1);
}

/* The low bits of FNV are the worse ones. */
static uint64_t hash_end(uint64_t sum, uint64_t below) {
  return (sum >> 16) % below;
}

usec schedule_phase(const char *host, const char *relay, const char *probe,
                    usec interval) {
  assert(interval > 0);
  uint64_t sum = hash(hash(hash(hash_start, host), relay), probe);
  return (usec)hash_end(sum, (uint64_t)interval);
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The last number before the first dot of a host's name, as in `web-12`. */
struct host_number {
  size_t at, length;
  uint64_t value;
};

static struct host_number number_of(const char *host) {
  const uint64_t max = 1000000;
  struct host_number number = {.value = 0};
  size_t end = strcspn(host, ".");
  while (end > 0 && !is_digit(host[end - 1]))
    end--;
  number.at = end;
  while (number.at > 0 && is_digit(host[number.at - 1]))
    number.at--;
  number.length = end - number.at;
  for (size_t i = number.at; i < end; i++)
    number.value = (number.value * 10 + (uint64_t)(host[i] - '0')) % max;
  return number;
}

/* A number takes a host one turn further than the one before it. Numbers
 * usually begin at 1, so the first `share` hosts are exactly an interval apart;
 * those that follow are spread over the turns: multiples of the golden section
 * do so evenly, however many there are. */
usec schedule_shared_phase(const char *host, const char *relay,
                           const char *probe, usec interval, unsigned share) {
  assert(interval > 0 && share > 0);
  struct host_number number = number_of(host);
  uint64_t turn = (uint64_t)interval, golden = turn * 618 / 1000;
  uint64_t round = (number.value + share - 1) / share;
  uint64_t sum = hash_bytes(hash_start, host, number.at);
  sum = hash(sum, host + number.at + number.length);
  uint64_t first = hash_end(hash(hash(sum, relay), probe), turn * share);
  uint64_t turns = (first / turn + number.value) % share;
  uint64_t place = (first % turn + round * golden) % turn;
  return (usec)(turns * turn + place);
}

usec schedule_monotonic_phase(usec phase, usec interval, usec now,
                              double wall) {
  usec moved = (phase + now - usec_of(wall)) % interval;
  return moved < 0 ? moved + interval : moved;
}

/* --- turns --------------------------------------------------------------- */

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
