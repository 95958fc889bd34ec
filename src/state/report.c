#include "state/report.h"

static void describe(struct notification *notification,
                     const struct relay_state *relay, size_t probe) {
  const struct probe_state *state = &relay->probes[probe];
  notification->severity = cause_severity(state->cause);
  notification->time = state->since;
  notification->relay = relay->settings;
  notification->probe = state->settings;
  notification->cause = state->cause;
}

bool report_result(struct report *report, const struct relay_state *relay,
                   size_t probe, const struct probe_result *result,
                   const struct state_change *change) {
  bool ok = result->cause == CAUSE_OK;
  if (!(ok ? change->recovered : change->new_verdict) && !change->resumed)
    return false;
  if (ok)
    message_recovery(report->line, relay, probe, change);
  else
    message_verdict(report->line, relay, probe, result);
  describe(&report->notification, relay, probe);
  message_notify_verdict(report->notification.text, relay, probe, result,
                         change);
  return true;
}

void report_suppression(struct report *report, const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason) {
  message_suppressed(report->line, relay, probe, reason);
  describe(&report->notification, relay, probe);
  message_notify_suppressed(report->notification.text, relay, probe, reason);
}
