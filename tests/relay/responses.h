/* POST /v1/responses, OpenAI's newer API. */
#ifndef RELAY_RESPONSES_H
#define RELAY_RESPONSES_H

#include "api.h"

void responses_handle(struct account *account,
                      const struct api_request *request,
                      struct response *response);

#endif
