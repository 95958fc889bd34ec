#include "model_list.h"

#include <stdio.h>
#include <string.h>

/* About as long as OpenRouter's. */
#define NUMBER "00000"
static const char one_of_many[] =
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

static void add_many(struct buffer *body, unsigned count) {
  size_t at = (size_t)(strstr(one_of_many, NUMBER) - one_of_many);
  for (unsigned i = 1; i <= count; i++) {
    char number[sizeof(NUMBER)];
    snprintf(number, sizeof(number), "%05u", i % 100000);
    buffer_add(body, one_of_many, sizeof(one_of_many) - 1);
    memcpy(body->data + body->size - (sizeof(one_of_many) - 1) + at, number,
           sizeof(number) - 1);
  }
}

void catalogue_answer(struct account *account, const struct call *call,
                      struct answer *answer) {
  struct buffer *body = &answer->body;
  const char *const *first = account->models;
  if (call->manner->first_unlisted)
    first++;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[");
  add_many(body, call->manner->more_models);
  for (const char *const *model = first; *model != NULL; model++) {
    buffer_add_text(body, model == first ? "{\"id\":" : ",{\"id\":");
    buffer_add_json(body, *model, strlen(*model));
    buffer_add_text(body, ",\"object\":\"model\",\"created\":1700000000,"
                          "\"owned_by\":\"stand-in\"}");
  }
  buffer_add_text(body, "]}");
}
