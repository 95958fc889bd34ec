/* What the log says of a relay and its probes: one printable line each. */
#ifndef HOLYSHEEP_MESSAGES_H
#define HOLYSHEEP_MESSAGES_H

#include "base/strbuf.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "state/state.h"

#include <stddef.h>

enum {
  MESSAGE_MAX = 1000,     /* bytes; collectd cuts a line at 1,023 */
  NOTIFICATION_MAX = 256, /* of collectd's notifications, with the end */
};

/* At the start: where the relay is, what is probed and how often, where the
 * key comes from, and what the completions will use. */
void message_start(char line[MESSAGE_MAX], const struct relay_settings *relay);

/* The verdict that an outcome gave: which probe, what came, and, of a
 * failure, what to do. */
void message_verdict(char line[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe, const struct probe_result *result);

/* Which probe it is, before what is said of it. */
void message_probe(struct strbuf *line, const struct relay_state *relay,
                   size_t probe);

/* Of a failure: what came, after a comma each. */
void message_answer(struct strbuf *line, const struct probe_result *result);

/* A probe that had failed, or was held back, got what it asked for again. */
void message_recovery(char line[MESSAGE_MAX], const struct relay_state *relay,
                      size_t probe, const struct state_change *change);

/* A probe that was due is held back by its own limits. */
void message_suppressed(char line[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason);

/* MaxRequests is too low for this probe to have a turn. */
void message_no_room(char line[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe);

/* The relay asked for so long a wait (in seconds) that it is not heeded. */
void message_retry_after(char line[MESSAGE_MAX],
                         const struct relay_state *relay, size_t probe,
                         double wait);

/* The same, for somebody who sees nothing else. */
void message_held(char text[NOTIFICATION_MAX], const struct relay_state *relay,
                  size_t probe, enum suppress_reason reason);

/* A change of verdict, for the same: which probe, the cause in words, what
 * came, what to do. Where it does not all fit, the request id goes first and
 * then the error's code. */
void message_notification(char text[NOTIFICATION_MAX],
                          const struct relay_state *relay, size_t probe,
                          const struct probe_result *result,
                          const struct state_change *change);

#endif
