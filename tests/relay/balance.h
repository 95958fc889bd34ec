/* What the account has left, in the shapes of several relays. */
#ifndef RELAY_BALANCE_H
#define RELAY_BALANCE_H

#include "api.h"

/* HolySheep. */
void balance_answer_billing(struct account *account, const struct call *call,
                            struct answer *answer);

/* one-api and new-api, in two requests. */
void balance_answer_subscription(struct account *account,
                                 const struct call *call,
                                 struct answer *answer);
void balance_answer_usage(struct account *account, const struct call *call,
                          struct answer *answer);

/* new-api, at a path that ends in a slash; without it, a redirect there. */
void balance_answer_token_redirect(struct account *account,
                                   const struct call *call,
                                   struct answer *answer);
void balance_answer_token(struct account *account, const struct call *call,
                          struct answer *answer);

/* OpenRouter. */
void balance_answer_credits(struct account *account, const struct call *call,
                            struct answer *answer);
void balance_answer_key(struct account *account, const struct call *call,
                        struct answer *answer);

/* DeepSeek. */
void balance_answer_user(struct account *account, const struct call *call,
                         struct answer *answer);

/* sub2api, SiliconFlow and Moonshot. */
void balance_answer_gateway_usage(struct account *account,
                                  const struct call *call,
                                  struct answer *answer);
void balance_answer_user_info(struct account *account, const struct call *call,
                              struct answer *answer);
void balance_answer_me(struct account *account, const struct call *call,
                       struct answer *answer);

#endif
