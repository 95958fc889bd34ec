/* Which of a story's events decides what becomes of a request. */
#ifndef HOLYSHEEP_SIM_EVENT_MATCHER_H
#define HOLYSHEEP_SIM_EVENT_MATCHER_H

#include "model/request.h"
#include "story.h"

struct event_matcher {
  const struct story *story;
  const char *host;
  const struct settings *settings;
  size_t probes;     /* of all relays */
  unsigned *matched; /* by event and probe: how many requests */
};

/* All that is given has to outlive it. */
void event_matcher_init(struct event_matcher *script, const struct story *story,
                        const char *host, const struct settings *settings);
void event_matcher_free(struct event_matcher *script);

/* The last event that matches a request that starts at `time`, in seconds of
 * the story; NULL: a healthy relay answers. */
const struct story_event *event_matcher_decide(struct event_matcher *script,
                                               const struct request *request,
                                               double time);

#endif
