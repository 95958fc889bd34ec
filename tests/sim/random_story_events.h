/* What happens in a random story. */
#ifndef HOLYSHEEP_SIM_RANDOM_STORY_EVENTS_H
#define HOLYSHEEP_SIM_RANDOM_STORY_EVENTS_H

#include "random.h"
#include "random_story.h"

/* The plan has its hosts, its relays and its end. */
void random_story_events_make(struct random_story *plan, struct random *random);

#endif
