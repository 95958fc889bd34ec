/* GET /v1/models. */
#ifndef RELAY_MODEL_LIST_H
#define RELAY_MODEL_LIST_H

#include "api.h"

void model_list_handle(struct account *account,
                       const struct api_request *request,
                       struct response *response);

#endif
