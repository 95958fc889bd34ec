/* What happens in a random story. */
#ifndef HOLYSHEEP_SIM_PLAN_EVENTS_H
#define HOLYSHEEP_SIM_PLAN_EVENTS_H

#include "plan.h"
#include "random.h"

/* The plan has its hosts, its relays and its end. */
void plan_events_make(struct plan *plan, struct random *random);

#endif
