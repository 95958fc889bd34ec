/* MaxRequests is kept, and holds nobody back who has room. */
#include "invariants.h"
#include "probe/probe_kind.h"

static size_t in_span(const struct watched_relay *relay, usec now) {
  size_t count = 0, max = relay->settings->max_requests;
  for (size_t i = 0; i < relay->sent_count && i < max; i++)
    count += now - relay->sent[i] < relay->settings->max_requests_span;
  return count;
}

void invariants_ratelimit_sent(struct invariants *watch,
                               struct watched_relay *relay,
                               const struct watched_probe *probe) {
  size_t max = relay->settings->max_requests;
  usec now = watch->host->clock.now;
  if (max == 0)
    return;
  if (in_span(relay, now) >= max)
    invariants_fail(watch, probe, "max-requests", "more than %zu within %g s",
                    max, seconds_of(relay->settings->max_requests_span));
  relay->sent[relay->sent_count++ % max] = now;
}

/* Those that a run in flight has not sent yet, at most; and a completion with a
 * limit may wait for the disk, which is not seen. */
static size_t promised(const struct watched_relay *relay) {
  size_t count = 0;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct watched_probe *probe = &relay->probes[i];
    size_t to_come = invariants_search_requests(probe) - probe->sent;
    bool may_wait = probe->settings->max_cost_per_day > 0;
    count += probe->in_flight ? to_come : may_wait;
  }
  return count;
}

/* What a run of the probe needs; others leave some to those that are cheaper.
 */
static size_t needed(const struct watched_relay *relay,
                     const struct watched_probe *probe) {
  size_t count = invariants_search_requests(probe);
  usec span = relay->settings->max_requests_span;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct watched_probe *other = &relay->probes[i];
    usec interval = other->settings->interval;
    usec runs = (span + interval - 1) / interval;
    if (other->settings->kind->rank < probe->settings->kind->rank)
      count += (size_t)runs * invariants_search_requests(other);
  }
  return count;
}

void invariants_ratelimit_held(struct invariants *watch,
                               const struct watched_relay *relay,
                               const struct watched_probe *probe) {
  usec now = watch->host->clock.now;
  size_t taken = in_span(relay, now) + promised(relay);
  size_t more = needed(relay, probe);
  if (taken + more <= relay->settings->max_requests)
    invariants_fail(watch, probe, "held",
                    "%zu requests of %u were sent, and %zu are needed", taken,
                    relay->settings->max_requests, more);
}
