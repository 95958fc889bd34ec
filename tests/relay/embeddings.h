/* Embeddings. */
#ifndef RELAY_EMBEDDINGS_H
#define RELAY_EMBEDDINGS_H

#include "api.h"

void embeddings_handle(struct account *account,
                       const struct api_request *request,
                       struct response *response);

#endif
