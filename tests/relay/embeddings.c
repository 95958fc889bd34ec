#include "embeddings.h"

#include "completion.h"

#include <string.h>

static bool embeddings_read(struct completion *completion, yajl_val root,
                            struct response *response) {
  yajl_val input = completion_member(root, "input", yajl_t_string);
  yajl_val format = completion_member(root, "encoding_format", yajl_t_string);
  if (input == NULL)
    return completion_reject(response, "Missing required parameter: 'input'.",
                             "input", "missing_required_parameter");
  completion->prompt_tokens = completion_text_tokens(input);
  completion->encodes_vector =
      format != NULL && strcmp(format->u.string, "base64") == 0;
  return true;
}

enum { DIMENSIONS = 256 };

static float component(unsigned number) {
  return (float)(number % 7) / 100.0f - 0.03f;
}

static void add_numbers(struct buffer *body) {
  for (unsigned i = 0; i < DIMENSIONS; i++)
    buffer_add_format(body, "%s%.8f", i == 0 ? "[" : ",", component(i));
  buffer_add_text(body, "]");
}

/* The vendor's own library asks for that, and only for that. */
static void add_base64(struct buffer *body) {
  float vector[DIMENSIONS];
  for (unsigned i = 0; i < DIMENSIONS; i++)
    vector[i] = component(i);
  buffer_add_text(body, "\"");
  buffer_add_base64(body, vector, sizeof vector);
  buffer_add_text(body, "\"");
}

static void embeddings_write(const struct completion *completion,
                             struct response *response) {
  const char *usage = completion->request->quirks->usage;
  struct buffer *body = &response->body;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[{\"object\":"
                        "\"embedding\",\"index\":0,\"embedding\":");
  if (completion->encodes_vector)
    add_base64(body);
  else
    add_numbers(body);
  buffer_add_text(body, "}],");
  completion_add_model(completion, body);
  if (usage != NULL)
    buffer_add_format(body, "\"usage\":%s}", *usage == '\0' ? "null" : usage);
  else
    buffer_add_format(body,
                      "\"usage\":{\"prompt_tokens\":%u,\"total_tokens\":%u}}",
                      completion->prompt_tokens, completion->prompt_tokens);
}

void embeddings_handle(struct account *account,
                       const struct api_request *request,
                       struct response *response) {
  static const struct completion_api api = {
      .id_prefix = "embd-", .read = embeddings_read, .write = embeddings_write};
  completion_handle(&api, account, request, response);
}
