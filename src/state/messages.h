/* The texts of log lines and notifications: one printable line each. */
#ifndef HOLYSHEEP_MESSAGES_H
#define HOLYSHEEP_MESSAGES_H

#include "base/strbuf.h"
#include "model/probe_result.h"
#include "model/settings.h"
#include "state/state.h"

#include <stddef.h>

enum {
  MESSAGE_MAX = 1000,     /* bytes; collectd truncates a line to 1,023 */
  NOTIFICATION_MAX = 256, /* as in collectd, terminated */
};

/* At startup: the relay's URL, what is probed and how often, where the key
 * comes from, and how many tokens the completions will use. */
void message_startup(char line[MESSAGE_MAX],
                     const struct relay_settings *relay);

/* A verdict: the probe, what the answer was, and, for a failure, what to do. */
void message_verdict(char line[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe, const struct probe_result *result);

/* Appends the endpoint and the model of a probe. */
void message_add_endpoint(struct strbuf *line,
                          const struct probe_settings *probe);

/* Appends the name of a probe, with a colon. */
void message_add_probe(struct strbuf *line, const struct relay_state *relay,
                       size_t probe);

/* Appends the details of a failure's answer, each after a comma. */
void message_add_answer(struct strbuf *line, const struct probe_result *result);

/* Appends whose traces an answer has, which are a bit each: one at least. */
void message_add_vendors(struct strbuf *line, unsigned vendors);

/* Appends where a balance is. */
void message_add_place(struct strbuf *line,
                       const struct billing_preset *preset);

/* A balance that was searched for is there. */
void message_found_place(char line[MESSAGE_MAX],
                         const struct relay_state *relay, size_t probe,
                         const struct billing_preset *preset);

/* A probe that was suppressed by its own limits works. */
void message_resumed(char line[MESSAGE_MAX], const struct relay_state *relay,
                     size_t probe);

/* A probe is suppressed by its own limits. */
void message_suppressed(char line[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe, enum suppress_reason reason);

/* MaxRequests is too low for this probe ever to be sent. */
void message_never_sent(char line[MESSAGE_MAX], const struct relay_state *relay,
                        size_t probe);

/* The relay asked for a wait (in seconds) that is too long to be respected. */
void message_retry_after_ignored(char line[MESSAGE_MAX],
                                 const struct relay_state *relay, size_t probe,
                                 double wait);

/* The notification of a suppressed probe. */
void message_notify_suppressed(char text[NOTIFICATION_MAX],
                               const struct relay_state *relay, size_t probe,
                               enum suppress_reason reason);

/* The notification of a probe that is no longer suppressed. */
void message_notify_resumed(char text[NOTIFICATION_MAX],
                            const struct relay_state *relay, size_t probe);

#endif
