#include "model_list.h"

#include <stdio.h>
#include <string.h>

/* About the size of OpenRouter's entries. */
#define NUMBER "00000"
static const char extra_model[] =
    "{\"id\":\"stand-in/model-" NUMBER "\",\"object\":\"model\","
    "\"created\":1700000000,\"owned_by\":\"stand-in\",\"name\":\"One of many\","
    "\"description\":\"A model that is here to make the list long. It can do "
    "nothing that another one could not do as well, and it says so in as many "
    "words as the descriptions of real models need for the opposite.\","
    "\"context_length\":128000,\"architecture\":{\"modality\":\"text->text\","
    "\"input_modalities\":[\"text\"],\"output_modalities\":[\"text\"],"
    "\"tokenizer\":\"Other\",\"instruct_type\":null},\"pricing\":{\"prompt\":"
    "\"0.00000015\",\"completion\":\"0.0000006\",\"request\":\"0\"},"
    "\"per_request_limits\":null},";

static void add_extra_models(struct buffer *body, unsigned count) {
  size_t offset = (size_t)(strstr(extra_model, NUMBER) - extra_model);
  for (unsigned i = 1; i <= count; i++) {
    char number[sizeof(NUMBER)];
    snprintf(number, sizeof(number), "%05u", i % 100000);
    buffer_add(body, extra_model, sizeof(extra_model) - 1);
    memcpy(body->data + body->size - (sizeof(extra_model) - 1) + offset, number,
           sizeof(number) - 1);
  }
}

void model_list_handle(struct account *account,
                       const struct api_request *request,
                       struct response *response) {
  struct buffer *body = &response->body;
  const char *const *first = account->models;
  if (request->quirks->omits_first_model)
    first++;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[");
  add_extra_models(body, request->quirks->extra_models);
  for (const char *const *model = first; *model != NULL; model++) {
    buffer_add_text(body, model == first ? "{\"id\":" : ",{\"id\":");
    buffer_add_json(body, *model, strlen(*model));
    buffer_add_text(body, ",\"object\":\"model\",\"created\":1700000000,"
                          "\"owned_by\":\"stand-in\"}");
  }
  buffer_add_text(body, "]}");
}
