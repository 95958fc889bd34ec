/* Anthropic's messages. */
#ifndef RELAY_MESSAGES_H
#define RELAY_MESSAGES_H

#include "api.h"

void messages_handle(struct account *account, const struct api_request *request,
                     struct response *response);

#endif
