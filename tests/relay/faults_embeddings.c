#include "faults.h"

#define EMBEDDINGS .endpoint = "embeddings", .status = 200
#define VECTOR(json)                                                           \
  .body = "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\","          \
          "\"index\":0,\"embedding\":" json "}],\"model\":\"gpt-4o-mini\","    \
          "\"usage\":{\"prompt_tokens\":1,\"total_tokens\":1}}"

const struct fault embeddings_faults[] = {
    {.name = "vector_none",
     .description = "data is an empty list",
     EMBEDDINGS,
     .body = "{\"object\":\"list\",\"data\":[]}"},
    {.name = "vector_empty",
     .description = "the vector is empty",
     EMBEDDINGS,
     VECTOR("[]")},
    {.name = "vector_zeros",
     .description = "the vector has only zeros",
     EMBEDDINGS,
     VECTOR("[0,0,0,0]")},
    {.name = "vector_nulls",
     .description = "null instead of numbers, as for NaN",
     EMBEDDINGS,
     VECTOR("[null,null,null,null]")},
    {.name = "vector_base64",
     .description = "base64, which was not requested",
     EMBEDDINGS,
     VECTOR("\"zczMPc3MTD6amZk+zczMPg==\"")},

    {.name = NULL},
};
