/* The list of models. */
#ifndef RELAY_MODEL_LIST_H
#define RELAY_MODEL_LIST_H

#include "api.h"

void catalogue_answer(struct account *account, const struct call *call,
                      struct answer *answer);

#endif
