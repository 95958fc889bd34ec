/* Finds the shortest story that still shows the same. */
#ifndef HOLYSHEEP_SIM_SHRINK_H
#define HOLYSHEEP_SIM_SHRINK_H

#include "random_story.h"

#include <stdbool.h>

/* Whether a plan shows it. */
typedef bool shrink_test(void *user, const struct random_story *plan);

/* Leaves out of the plan all that is not needed for the test to hold. */
void shrink(struct random_story *plan, shrink_test *test, void *user);

#endif
