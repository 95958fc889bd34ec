#include "faults.h"

#include <string.h>

const struct fault_table fault_tables[] = {
    {"Whole answers", response_faults},
    {"The catalogue", model_list_faults},
    {"Completions, plain ones and streams", chat_faults},
    {"Messages", messages_faults},
    {"Responses", responses_faults},
    {"Embeddings", embeddings_faults},
    {"Streams in unusual but valid forms", stream_variants},
    {"Invalid and broken streams", stream_faults},
    {"Limits", rate_limit_faults},
    {"Byte by byte", wire_faults},
    {"Connections (of all endpoints and keys)", connection_faults},
    {NULL, NULL},
};

const struct fault *fault_find(const char *name) {
  for (const struct fault_table *table = fault_tables; table->title != NULL;
       table++) {
    for (const struct fault *fault = table->faults; fault->name != NULL;
         fault++) {
      if (strcmp(fault->name, name) == 0)
        return fault;
    }
  }
  return NULL;
}
