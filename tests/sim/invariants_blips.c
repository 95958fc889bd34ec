/* Each failure is either part of an incident, or logged when the probe works
 * again, or counted in the next such line; and there are few of them. */
#include "invariants.h"

static const usec hour = 3600 * (usec)USEC_PER_SEC;

static bool is_open(const struct watched_probe *probe,
                    const struct relay_state *state) {
  size_t index = (size_t)(probe->settings - state->settings->probes);
  return state->incidents.probes[index].incident.phase == INCIDENT_OPEN;
}

static bool may_log(const struct watched_probe *probe, usec now) {
  return probe->blips < BLIPS_MAX ||
         now - probe->blips_logged[probe->blips % BLIPS_MAX] >= hour;
}

/* What failed while the host had no network does not count, but from when on is
 * not seen here. */
static void check_counts(struct invariants *watch,
                         const struct watched_probe *probe,
                         const struct blip *blip) {
  bool more =
      blip->failures > probe->unconfirmed || blip->omitted > probe->not_logged;
  bool fewer =
      blip->failures < probe->unconfirmed || blip->omitted < probe->not_logged;
  if (more || (fewer && !watch->any_lost))
    invariants_fail(watch, probe, "blip", "%u and %u failures, not %u and %u",
                    blip->failures, blip->omitted, probe->unconfirmed,
                    probe->not_logged);
}

static void logged(struct invariants *watch, struct watched_probe *probe,
                   const struct blip *blip, usec now) {
  if (!may_log(probe, now))
    invariants_fail(watch, probe, "blip",
                    "for the eleventh time within an hour");
  check_counts(watch, probe, blip);
  probe->blips_logged[probe->blips++ % BLIPS_MAX] = now;
  probe->not_logged = 0;
}

void invariants_blips_ended(struct invariants *watch,
                            struct watched_probe *probe,
                            const struct relay_state *state,
                            const struct probe_result *result,
                            const struct blip *blip) {
  usec now = watch->host->clock.now;
  bool failed = result->cause != CAUSE_OK;
  watch->any_lost |= state->incidents.network->state == NETWORK_LOST;
  if (failed)
    probe->unconfirmed++;
  bool due = !failed && probe->unconfirmed > 0 && !is_open(probe, state);
  if (blip->failures > 0 && !due)
    invariants_fail(watch, probe, "blip", "logged, and there was none");
  else if (blip->failures > 0)
    logged(watch, probe, blip, now);
  else if (due && may_log(probe, now) && !watch->any_lost)
    invariants_fail(watch, probe, "blip", "nothing was logged");
  else if (due)
    probe->not_logged += probe->unconfirmed;
  if (!failed)
    probe->unconfirmed = 0;
}
