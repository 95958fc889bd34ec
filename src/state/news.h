/* What is news of a probe, and how it is told: a line for the log and a
 * notification. */
#ifndef HOLYSHEEP_NEWS_H
#define HOLYSHEEP_NEWS_H

#include "model/probe_result.h"
#include "model/suppress_reason.h"
#include "state/messages.h"
#include "state/notification_queue.h"
#include "state/state.h"

#include <stdbool.h>
#include <stddef.h>

struct news {
  char line[MESSAGE_MAX];
  struct notification notification;
};

/* After an outcome, which the state has been told. The first success is no
 * news; one after failures is. False: there is none. */
bool news_of_result(struct news *news, const struct relay_state *relay,
                    size_t probe, const struct probe_result *result,
                    const struct change *change);

/* A probe is held back by its own limits from now on. */
void news_of_suppression(struct news *news, const struct relay_state *relay,
                         size_t probe, enum suppress_reason reason);

#endif
