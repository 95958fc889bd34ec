/* What a healthy relay answers to a probe's request. */
#ifndef HOLYSHEEP_SIM_HEALTHY_H
#define HOLYSHEEP_SIM_HEALTHY_H

#include "model/request.h"
#include "story.h"

/* Fills in the answer to a request, with what the story says of the relay's
 * health, and has said for `since` seconds; healthy_free() gives it back. */
void healthy_answer(struct story_answer *answer, const struct request *request,
                    const struct story_healthy *healthy, double since);
void healthy_free(struct story_answer *answer);

/* How long such a relay takes to begin its answer, in seconds. */
double healthy_after(const struct request *request);

/* When a stream of one has its first token, in seconds since the request. */
double healthy_first_token(const struct request *request,
                           const struct story_healthy *healthy);

/* Tokens that a completion uses. */
unsigned healthy_prompt_tokens(const struct probe_settings *probe);
unsigned healthy_completion_tokens(const struct probe_settings *probe);

extern const struct story_healthy healthy_default;

#endif
