/* Decides whether a change of a probe's verdict is reported, and how: a line in
 * the log and a notification. */
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

/* Reports a result that the state has recorded, with what changed. False: there
 * is nothing to report. The first success is not reported, only one after
 * failures. */
bool report_result(struct report *report, const struct relay_state *relay,
                   size_t probe, const struct probe_result *result,
                   const struct state_change *change);

/* Reports that a probe is suppressed from now on. */
void report_suppression(struct report *report, const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason);

#endif
