#include "state/report.h"

#include "state/incident_messages.h"

#include <stdio.h>

static void describe(struct notification *notification,
                     const struct relay_state *relay, size_t probe) {
  const struct probe_state *state = &relay->probes[probe];
  *notification =
      (struct notification){.severity = cause_severity(state->cause),
                            .time = state->since,
                            .relay = relay->settings,
                            .probe = state->settings,
                            .cause = state->cause};
}

/* As severe as the most severe of its failures. */
static enum severity severity_of(const struct relay_state *relay) {
  enum severity worst = SEVERITY_WARNING;
  for (size_t i = 0; i < relay->incidents.count; i++)
    if (relay->incidents.probes[i].incident.phase == INCIDENT_OPEN &&
        cause_severity(relay->probes[i].failure.cause) > worst)
      worst = cause_severity(relay->probes[i].failure.cause);
  return worst;
}

/* When it began, was first seen to be something else, or ended: no two are told
 * with one time. */
static double time_of(const struct relay_incidents *incidents, size_t probe,
                      enum incident_event event) {
  switch (event) {
  case INCIDENT_ENDED:
    return incidents->recovered.wall;
  case INCIDENT_CHANGED:
    return incidents->probes[probe].incident.began.wall;
  default:
    return incidents->since.wall;
  }
}

void report_incident(struct report *report, const struct relay_state *relay,
                     enum incident_event event) {
  bool over = event == INCIDENT_ENDED;
  size_t index = message_incident_probe(relay);
  const struct probe_state *probe = &relay->probes[index];
  report->notification = (struct notification){
      .severity = over ? SEVERITY_OKAY : severity_of(relay),
      .time = time_of(&relay->incidents, index, event),
      .relay = relay->settings,
      .probe = probe->settings,
      .cause = over ? CAUSE_OK : probe->failure.cause,
      .problem = relay->incidents.problem};
  message_incident(report->line, relay, event);
  message_notify_incident(report->notification.text, relay, event);
}

void report_network(struct report *report,
                    const struct network_watch *network) {
  bool lost = network->state == NETWORK_LOST;
  report->notification = (struct notification){
      .severity = lost ? SEVERITY_FAILURE : SEVERITY_OKAY,
      .time = lost ? network->since.wall : network->found.wall,
      .problem = PROBLEM_NETWORK};
  message_network(report->notification.text, network);
  snprintf(report->line, sizeof report->line, "%s", report->notification.text);
}

bool report_result(struct report *report, const struct relay_state *relay,
                   size_t probe, const struct probe_result *result,
                   const struct state_change *change) {
  if (!change->resumed || result->cause != CAUSE_OK)
    return false;
  describe(&report->notification, relay, probe);
  message_resumed(report->line, relay, probe);
  message_notify_resumed(report->notification.text, relay, probe);
  return true;
}

void report_suppression(struct report *report, const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason) {
  describe(&report->notification, relay, probe);
  message_suppressed(report->line, relay, probe, reason);
  message_notify_suppressed(report->notification.text, relay, probe, reason);
}
