/* The account's balance, in the formats that various relays use. */
#ifndef RELAY_BALANCE_H
#define RELAY_BALANCE_H

#include "api.h"

/* HolySheep. */
void balance_handle_billing(struct account *account,
                            const struct api_request *request,
                            struct response *response);

/* one-api and new-api, in two requests. */
void balance_handle_subscription(struct account *account,
                                 const struct api_request *request,
                                 struct response *response);
void balance_handle_usage(struct account *account,
                          const struct api_request *request,
                          struct response *response);

/* new-api: the path ends in a slash; without the slash it redirects there. */
void balance_handle_token_redirect(struct account *account,
                                   const struct api_request *request,
                                   struct response *response);
void balance_handle_token(struct account *account,
                          const struct api_request *request,
                          struct response *response);

/* OpenRouter. */
void balance_handle_credits(struct account *account,
                            const struct api_request *request,
                            struct response *response);
void balance_handle_key(struct account *account,
                        const struct api_request *request,
                        struct response *response);

/* DeepSeek. */
void balance_handle_user_balance(struct account *account,
                                 const struct api_request *request,
                                 struct response *response);

/* sub2api, SiliconFlow and Moonshot. */
void balance_handle_sub2api_usage(struct account *account,
                                  const struct api_request *request,
                                  struct response *response);
void balance_handle_user_info(struct account *account,
                              const struct api_request *request,
                              struct response *response);
void balance_handle_users_me(struct account *account,
                             const struct api_request *request,
                             struct response *response);

#endif
