/* The course of one request: when it gets how far, and how it ends. */
#ifndef HOLYSHEEP_SIM_REQUEST_TIMELINE_H
#define HOLYSHEEP_SIM_REQUEST_TIMELINE_H

#include "model/request.h"
#include "probe/response.h"
#include "story.h"
#include "virtual_clock.h"

/* Plays a request that starts now, with the event that decides about it or
 * NULL, and returns when it is over. */
usec request_timeline_play(const struct virtual_clock *clock,
                           const struct request *request,
                           const struct story_event *event,
                           struct response *response,
                           struct probe_result *result);

#endif
