/* Which of a story's events decides what becomes of a request. */
#ifndef HOLYSHEEP_SIM_SCRIPT_H
#define HOLYSHEEP_SIM_SCRIPT_H

#include "model/request.h"
#include "story.h"

struct script {
  const struct story *story;
  const char *host;
  const struct settings *settings;
  size_t probes;     /* of all relays */
  unsigned *matched; /* by event and probe: how many requests */
};

/* All that is given has to outlive it. */
void script_init(struct script *script, const struct story *story,
                 const char *host, const struct settings *settings);
void script_free(struct script *script);

/* The last event that matches a request that starts at `time`, in seconds of
 * the story; NULL: a healthy relay answers. */
const struct story_event *script_decide(struct script *script,
                                        const struct request *request,
                                        double time);

#endif
