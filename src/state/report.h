/* What is reported, and how: a line in the log and a notification, one for each
 * incident of a relay. */
#ifndef HOLYSHEEP_REPORT_H
#define HOLYSHEEP_REPORT_H

#include "model/probe_result.h"
#include "model/suppress_reason.h"
#include "state/messages.h"
#include "state/notification_queue.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

struct report {
  char line[MESSAGE_MAX];
  struct notification notification;
};

/* Reports that a relay's incident has begun or ended, or has another name. */
void report_incident(struct report *report, const struct relay_state *relay,
                     enum incident_event event);

/* Reports that this host has lost its network, or has it again. */
void report_network(struct report *report, const struct network_watch *network);

/* Reports a result that the state has recorded if it ends a suppression that
 * was reported, and nothing is wrong. False: there is nothing to report. */
bool report_result(struct report *report, const struct relay_state *relay,
                   size_t probe, const struct probe_result *result,
                   const struct state_change *change);

/* Reports that a probe is suppressed from now on. */
void report_suppression(struct report *report, const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason);

#endif
