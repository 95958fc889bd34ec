/* Completions. */
#ifndef RELAY_CHAT_H
#define RELAY_CHAT_H

#include "account.h"

void chat_answer(struct account *account, const struct call *call,
                 struct answer *answer);

#endif
