/* The list of models. */
#ifndef RELAY_CATALOGUE_H
#define RELAY_CATALOGUE_H

#include "account.h"

void catalogue_answer(struct account *account, const struct call *call,
                      struct answer *answer);

#endif
