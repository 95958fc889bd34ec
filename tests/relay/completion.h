/* What all requests to a model have in common: whether the account may make
 * them, their limits, and what they cost. */
#ifndef RELAY_COMPLETION_H
#define RELAY_COMPLETION_H

#include "api.h"

#include <yajl/yajl_tree.h>

enum { REPLY_TOKENS = 10, TOKEN_BYTES = 4 };

/* A request, as far as the relay parses it, and the size of its answer. */
struct completion {
  const struct api_request *request;
  const char *id;
  const char *model;
  unsigned prompt_tokens;
  /* A prompt that says `exactly` is answered with its last word. */
  char echo[REPLY_TOKENS][TOKEN_BYTES + 1];
  unsigned reply_tokens; /* without a limit */
  unsigned completion_tokens;
  bool streams;
  bool includes_usage; /* if streamed */
  bool encodes_vector; /* of an embedding, in base64 */
};

/* How an API reads requests, and writes its answers. */
struct completion_api {
  const char *id_prefix;

  /* Reads everything but the model. False: the request was rejected. */
  bool (*read)(struct completion *completion, yajl_val root,
               struct response *response);
  void (*write)(const struct completion *completion, struct response *response);
};

void completion_handle(const struct completion_api *api,
                       struct account *account,
                       const struct api_request *request,
                       struct response *response);

/* For an API's functions. completion_reject() returns false. */
bool completion_reject(struct response *response, const char *message,
                       const char *param, const char *code);
yajl_val completion_member(yajl_val object, const char *name, yajl_type type);
bool completion_is_valid_limit(yajl_val limit);

/* A token for each four bytes, rounded up; like a real tokenizer, 1 for "ping".
 */
unsigned completion_text_tokens(yajl_val text);
void completion_read_messages(struct completion *completion, yajl_val messages);

/* Reads a text of the prompt, for what it asks for. */
void completion_read_prompt(struct completion *completion, const char *text);

/* The model that the answer names, as a member with a comma after it; nothing
 * if the quirks omit it. */
void completion_add_model(const struct completion *completion,
                          struct buffer *out);

/* The text of a token; it needs no escaping in JSON. */
const char *completion_token(const struct completion *completion,
                             unsigned number);

/* False if all tokens are hidden reasoning, or if there are none. */
bool completion_has_visible_tokens(const struct completion *completion);
unsigned completion_reasoning_tokens(const struct completion *completion);

/* Reads `stream`, as far as the quirks do not decide; whether it was requested.
 */
bool completion_read_stream(struct completion *completion, yajl_val root);

/* Limits the answer to that many tokens; NULL: no limit. The prompt must have
 * been read. */
void completion_limit(struct completion *completion, yajl_val limit);

#endif
