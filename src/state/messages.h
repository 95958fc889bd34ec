/* What the log says of a relay and its probes: one printable line each. */
#ifndef HOLYSHEEP_REPORT_H
#define HOLYSHEEP_REPORT_H

#include "base/strbuf.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "state/relay_state.h"

#include <stddef.h>

enum {
  REPORT_MAX = 1000,      /* bytes; collectd cuts a line at 1,023 */
  NOTIFICATION_MAX = 256, /* of collectd's notifications, with the end */
};

/* At the start: where the relay is, what is probed and how often, where the
 * key comes from, and what the completions will use. */
void report_start(char line[REPORT_MAX], const struct relay_settings *relay);

/* The verdict that an outcome gave: which probe, what came, and, of a
 * failure, what to do. */
void report_verdict(char line[REPORT_MAX], const struct relay_state *relay,
                    size_t probe, const struct outcome *outcome);

/* Which probe it is, before what is said of it. */
void report_probe(struct line *line, const struct relay_state *relay,
                  size_t probe);

/* Of a failure: what came, after a comma each. */
void report_answer(struct line *line, const struct outcome *outcome);

/* A probe that had failed, or was held back, got what it asked for again. */
void report_recovery(char line[REPORT_MAX], const struct relay_state *relay,
                     size_t probe, const struct change *change);

/* A probe that was due is held back by its own limits. */
void report_suppressed(char line[REPORT_MAX], const struct relay_state *relay,
                       size_t probe, enum reason reason);

/* MaxRequests is too low for this probe to have a turn. */
void report_no_room(char line[REPORT_MAX], const struct relay_state *relay,
                    size_t probe);

/* The relay asked for so long a wait (in seconds) that it is not heeded. */
void report_retry_after(char line[REPORT_MAX], const struct relay_state *relay,
                        size_t probe, double wait);

/* The same, for somebody who sees nothing else. */
void report_held(char text[NOTIFICATION_MAX], const struct relay_state *relay,
                 size_t probe, enum reason reason);

/* A change of verdict, for the same: which probe, the cause in words, what
 * came, what to do. Where it does not all fit, the request id goes first and
 * then the error's code. */
void report_notification(char text[NOTIFICATION_MAX],
                         const struct relay_state *relay, size_t probe,
                         const struct outcome *outcome,
                         const struct change *change);

#endif
