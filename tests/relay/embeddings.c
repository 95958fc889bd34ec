#include "embeddings.h"

#include "completion.h"

static bool embeddings_read(struct completion *completion, yajl_val root,
                            struct response *response) {
  yajl_val input = completion_member(root, "input", yajl_t_string);
  if (input == NULL)
    return completion_reject(response, "Missing required parameter: 'input'.",
                             "input", "missing_required_parameter");
  completion->prompt_tokens = completion_text_tokens(input);
  return true;
}

static void embeddings_write(const struct completion *completion,
                             struct response *response) {
  enum { DIMENSIONS = 256 };
  const char *usage = completion->request->quirks->usage;
  struct buffer *body = &response->body;
  buffer_add_text(body, "{\"object\":\"list\",\"data\":[{\"object\":"
                        "\"embedding\",\"index\":0,\"embedding\":[");
  for (unsigned i = 0; i < DIMENSIONS; i++)
    buffer_add_format(body, "%s%.8f", i == 0 ? "" : ",",
                      (i % 7) / 100.0 - 0.03);
  buffer_add_text(body, "]}],");
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
