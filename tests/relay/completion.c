#include "completion.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const invalid_request = "invalid_request_error";

static const char *const tokens[] = {"Pong!", " How",   " can",  " I",
                                     " help", " you",   " with", " this",
                                     " test", " today?"};
_Static_assert(sizeof(tokens) / sizeof(tokens[0]) == REPLY_TOKENS,
               "there is a text for each token");

const char *completion_token(const struct completion *completion,
                             unsigned number) {
  if (completion->request->quirks->stream.tokens == TOKEN_BLANK)
    return "\\n";
  return completion->echo[0][0] != '\0' ? completion->echo[number]
                                        : tokens[number];
}

/* The last word of a text, which needs no escaping. */
static const char *last_word(const char *text, size_t *length) {
  const char *end = text + strlen(text), *begin;
  while (end > text && !isalnum((unsigned char)end[-1]))
    end--;
  for (begin = end; begin > text && isalnum((unsigned char)begin[-1]); begin--)
    ;
  *length = (size_t)(end - begin);
  return begin;
}

void completion_read_prompt(struct completion *completion, const char *text) {
  size_t length;
  const char *word = last_word(text, &length);
  if (completion->request->quirks->canned || strstr(text, "exactly") == NULL ||
      length == 0 || length > REPLY_TOKENS * TOKEN_BYTES)
    return;
  completion->reply_tokens = 0;
  for (size_t at = 0; at < length; at += TOKEN_BYTES)
    snprintf(completion->echo[completion->reply_tokens++],
             sizeof *completion->echo, "%.*s", (int)(length - at), word + at);
}

bool completion_has_visible_tokens(const struct completion *completion) {
  enum token_kind kind = completion->request->quirks->stream.tokens;
  return kind != TOKEN_HIDDEN && kind != TOKEN_ABSENT;
}

unsigned completion_reasoning_tokens(const struct completion *completion) {
  switch (completion->request->quirks->stream.tokens) {
  case TOKEN_REASONING:
    return (completion->completion_tokens + 1) / 2;
  case TOKEN_HIDDEN:
    return completion->completion_tokens;
  default:
    return 0;
  }
}

bool completion_read_stream(struct completion *completion, yajl_val root) {
  enum stream_mode mode = completion->request->quirks->stream.mode;
  yajl_val stream = completion_member(root, "stream", yajl_t_any);
  bool asked = stream != NULL && YAJL_IS_TRUE(stream);
  completion->streams =
      mode == STREAM_ON_REQUEST ? asked : mode == STREAM_ALWAYS;
  return asked;
}

void completion_limit(struct completion *completion, yajl_val limit) {
  completion->completion_tokens = completion->reply_tokens;
  if (limit != NULL && YAJL_GET_INTEGER(limit) < completion->reply_tokens)
    completion->completion_tokens = (unsigned)YAJL_GET_INTEGER(limit);
}

static bool account_has_model(const struct account *account,
                              const char *model) {
  for (const char *const *known = account->models; *known != NULL; known++) {
    if (strcmp(*known, model) == 0)
      return true;
  }
  return false;
}

yajl_val completion_member(yajl_val object, const char *name, yajl_type type) {
  return yajl_tree_get(object, (const char *[]){name, NULL}, type);
}

bool completion_reject(struct response *response, const char *message,
                       const char *param, const char *code) {
  response_set_error(response, &(struct api_error){.status = 400,
                                                   .message = message,
                                                   .type = invalid_request,
                                                   .param = param,
                                                   .code = code});
  return false;
}

bool completion_is_valid_limit(yajl_val limit) {
  return limit == NULL ||
         (YAJL_IS_INTEGER(limit) && YAJL_GET_INTEGER(limit) >= 1);
}

unsigned completion_text_tokens(yajl_val text) {
  return (unsigned)((strlen(text->u.string) + 3) / 4);
}

/* Three for the start of the reply, four per message, and one per four bytes of
 * text, rounded up: 8 for a single "ping", like a real tokenizer. */
void completion_read_messages(struct completion *completion,
                              yajl_val messages) {
  size_t count = 3;
  for (size_t i = 0; i < YAJL_GET_ARRAY(messages)->len; i++) {
    yajl_val message = YAJL_GET_ARRAY(messages)->values[i];
    yajl_val content = completion_member(message, "content", yajl_t_string);
    count += 4;
    if (content == NULL)
      continue;
    count += completion_text_tokens(content);
    completion_read_prompt(completion, content->u.string);
  }
  completion->prompt_tokens = (unsigned)count;
}

void completion_add_model(const struct completion *completion,
                          struct buffer *out) {
  const struct quirks *quirks = completion->request->quirks;
  if (quirks->model == NULL) {
    struct buffer name = {0};
    buffer_add_text(&name, completion->model);
    if (quirks->model_suffix != NULL)
      buffer_add_text(&name, quirks->model_suffix);
    buffer_add_text(out, "\"model\":");
    buffer_add_json(out, name.data, name.size);
    buffer_add_text(out, ",");
    buffer_close(&name);
  } else if (*quirks->model != '\0') {
    buffer_add_format(out, "\"model\":%s,", quirks->model);
  }
}

static void completion_charge(const struct completion *completion,
                              struct account *account) {
  double cost = (completion->prompt_tokens + completion->completion_tokens) *
                account->price / 1e6;
  account->balance -= cost;
  account->used += cost;
}

static void reject_model(const char *model, struct response *response) {
  struct buffer message = {0};
  if (response->anthropic)
    buffer_add_format(&message, "model: %s", model);
  else
    buffer_add_format(&message,
                      "The model `%s` does not exist or you do not have access "
                      "to it.",
                      model);
  response_set_error(response,
                     &(struct api_error){.status = 404,
                                         .message = buffer_text(&message),
                                         .type = invalid_request,
                                         .code = "model_not_found"});
  buffer_close(&message);
}

static void completion_write(const struct completion_api *api,
                             struct completion *completion,
                             struct response *response) {
  struct buffer id = {0};
  const char *prefix = completion->request->quirks->id_prefix;
  buffer_add_text(&id, prefix != NULL ? prefix : api->id_prefix);
  buffer_add(&id, response->request_id.data, response->request_id.size);
  completion->id = buffer_text(&id);
  if (completion->streams && completion->request->quirks->stream.doubles_prompt)
    completion->prompt_tokens *= 2;
  api->write(completion, response);
  buffer_close(&id);
}

static void completion_respond(const struct completion_api *api,
                               struct account *account,
                               struct completion *completion, yajl_val root,
                               struct response *response) {
  yajl_val model = completion_member(root, "model", yajl_t_string);
  if (model == NULL) {
    completion_reject(response, "you must provide a model parameter", NULL,
                      NULL);
    return;
  }
  completion->model = YAJL_GET_STRING(model);
  if (!api->read(completion, root, response))
    return;
  if (!account_has_model(account, completion->model)) {
    reject_model(completion->model, response);
    return;
  }
  completion_write(api, completion, response);
  completion_charge(completion, account);
}

void completion_handle(const struct completion_api *api,
                       struct account *account,
                       const struct api_request *request,
                       struct response *response) {
  struct completion completion = {.request = request,
                                  .reply_tokens = REPLY_TOKENS};
  struct buffer text = {0};
  buffer_add(&text, request->body, request->body_size);
  yajl_val root = yajl_tree_parse(buffer_text(&text), NULL, 0);
  if (root == NULL)
    completion_reject(response,
                      "We could not parse the JSON body of your request.", NULL,
                      NULL);
  else if (account->balance <= 0 && !account->unlimited)
    response_set_error(
        response,
        &(struct api_error){.status = 429,
                            .message =
                                "You exceeded your current quota, please check "
                                "your plan and billing details.",
                            .type = "insufficient_quota",
                            .code = "insufficient_quota"});
  else
    completion_respond(api, account, &completion, root, response);
  yajl_tree_free(root);
  buffer_close(&text);
}
