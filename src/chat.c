/* POST /chat/completions: a small completion, which costs tokens. */
#include "answer.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_gen.h>

enum {
  WANT_CHOICES = API_ERROR_WANTS,
  WANT_CHOICE,
  WANT_PROMPT,
  WANT_COMPLETION,
};

/* A usage beyond this is not one (and would not fit into a counter for long):
 * it is left out. */
static const double tokens_max = 1e9;

/* yajl_gen prints into a buffer that was measured before: with a size of 0 it
 * is only measured. */
struct body {
  char *text;
  size_t length;
};

static void print(void *user, const char *text, size_t length) {
  struct body *body = user;
  if (body->text != NULL)
    memcpy(body->text + body->length, text, length);
  body->length += length;
}

static void gen_text(yajl_gen gen, const char *text) {
  yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void gen_message(yajl_gen gen, const char *prompt) {
  yajl_gen_map_open(gen);
  gen_text(gen, "role");
  gen_text(gen, "user");
  gen_text(gen, "content");
  gen_text(gen, prompt);
  yajl_gen_map_close(gen);
}

static void generate(const struct probe_settings *probe, struct body *body) {
  struct json_memory memory = {0};
  yajl_alloc_funcs functions = json_memory_functions(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  yajl_gen_config(gen, yajl_gen_print_callback, print, body);
  yajl_gen_map_open(gen);
  gen_text(gen, "model");
  gen_text(gen, probe->model);
  gen_text(gen, "messages");
  yajl_gen_array_open(gen);
  gen_message(gen, probe->prompt);
  yajl_gen_array_close(gen);
  gen_text(gen, "max_tokens");
  yajl_gen_integer(gen, probe->max_tokens);
  yajl_gen_map_close(gen);
  yajl_gen_free(gen);
}

static char *request(const struct probe_settings *probe, bool *ok) {
  struct body body = {0};
  generate(probe, &body);
  body.text = malloc(body.length + 1);
  *ok = body.text != NULL;
  if (!*ok)
    return NULL;
  body.length = 0;
  generate(probe, &body);
  body.text[body.length] = '\0';
  return body.text;
}

static void want(struct answer *answer) {
  static const struct json_want wants[] = {
      {"choices", WANT_CHOICES},
      {"choices/*", WANT_CHOICE},
      {"usage/prompt_tokens", WANT_PROMPT},
      {"usage/completion_tokens", WANT_COMPLETION}};
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    json_want(&answer->json, &wants[i]);
}

static bool tokens(const struct json_value *value, double *count) {
  return value->type == JSON_NUMBER &&
         json_number(value->text, value->length, count) && *count >= 0 &&
         *count <= tokens_max;
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  switch (id) {
  case WANT_CHOICES:
    answer->of.chat.list = value->type == JSON_ARRAY;
    break;
  case WANT_CHOICE:
    if (value->type == JSON_OBJECT)
      answer->of.chat.choice = true;
    break;
  case WANT_PROMPT:
    answer->of.chat.has_prompt = tokens(value, &answer->of.chat.prompt_tokens);
    break;
  default:
    answer->of.chat.has_completion =
        tokens(value, &answer->of.chat.completion_tokens);
  }
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  if (!answer->of.chat.list || !answer->of.chat.choice)
    return CAUSE_MALFORMED;
  outcome->has_usage =
      answer->of.chat.has_prompt && answer->of.chat.has_completion;
  if (outcome->has_usage) {
    outcome->prompt_tokens = (uint64_t)answer->of.chat.prompt_tokens;
    outcome->completion_tokens = (uint64_t)answer->of.chat.completion_tokens;
  }
  return CAUSE_OK;
}

const struct probe_kind chat_probe = {
    .endpoint = "chat/completions",
    .block = "Chat",
    .path = "/chat/completions",
    .timeout_ms = 30000,
    .least_default_interval = 60,
    .completion = true,
    .request = request,
    .want = want,
    .take = take,
    .judge = judge,
};
