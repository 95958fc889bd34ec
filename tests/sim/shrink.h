/* Finds the shortest story that still shows the same. */
#ifndef HOLYSHEEP_SIM_SHRINK_H
#define HOLYSHEEP_SIM_SHRINK_H

#include "plan.h"

#include <stdbool.h>

/* Whether a plan shows it. */
typedef bool shrink_test(void *user, const struct plan *plan);

/* Leaves out of the plan all that is not needed for the test to hold. */
void shrink(struct plan *plan, shrink_test *test, void *user);

#endif
