/* What happens in a random story. */
#ifndef HOLYSHEEP_SIM_RANDOM_STORY_EVENTS_H
#define HOLYSHEEP_SIM_RANDOM_STORY_EVENTS_H

#include "random.h"
#include "random_story.h"

/* What happens; the plan has its hosts, its relays and its end. */
void random_story_events_make(struct random_story *plan, struct random *random);

/* What relays are like where nothing happens: where they report their balances,
 * and what their models reply. */
void random_story_conditions_make(struct random_story *plan,
                                  struct random *random);

#endif
