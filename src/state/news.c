#include "state/news.h"

static void describe(struct notification *notification,
                     const struct relay_state *relay, size_t probe) {
  const struct probe_state *state = &relay->probes[probe];
  notification->severity = cause_severity(state->cause);
  notification->time = state->since;
  notification->relay = relay->settings;
  notification->probe = state->settings;
  notification->cause = state->cause;
}

bool news_of_result(struct news *news, const struct relay_state *relay,
                    size_t probe, const struct probe_result *result,
                    const struct change *change) {
  bool ok = result->cause == CAUSE_OK;
  if (!(ok ? change->recovered : change->news) && !change->released)
    return false;
  if (ok)
    message_recovery(news->line, relay, probe, change);
  else
    message_verdict(news->line, relay, probe, result);
  describe(&news->notification, relay, probe);
  message_notification(news->notification.text, relay, probe, result, change);
  return true;
}

void news_of_suppression(struct news *news, const struct relay_state *relay,
                         size_t probe, enum suppress_reason reason) {
  message_suppressed(news->line, relay, probe, reason);
  describe(&news->notification, relay, probe);
  message_held(news->notification.text, relay, probe, reason);
}
