/* MaxRequests is kept, and holds nobody back who has room. */
#include "invariants.h"
#include "probe/billing_preset.h"
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

/* The second one of a probe in flight may be to come; and a completion with a
 * limit may wait for the disk, which is not seen. */
static size_t promised(const struct watched_relay *relay) {
  size_t count = 0;
  for (size_t i = 0; i < relay->settings->probe_count; i++) {
    const struct watched_probe *probe = &relay->probes[i];
    bool to_come = billing_preset_usage_path(probe->settings) != NULL;
    bool may_wait = probe->settings->max_cost_per_day > 0;
    count += probe->in_flight ? to_come : may_wait;
  }
  return count;
}

/* For the cheapest rank all the room is there; others leave some to it. */
void invariants_ratelimit_held(struct invariants *watch,
                               const struct watched_relay *relay,
                               const struct watched_probe *probe) {
  usec now = watch->host->clock.now;
  size_t taken = in_span(relay, now) + promised(relay);
  if (probe->settings->kind->rank == 0 && taken < relay->settings->max_requests)
    invariants_fail(watch, probe, "held", "%zu requests of %u were sent", taken,
                    relay->settings->max_requests);
}
