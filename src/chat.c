/* POST /chat/completions: a small completion, which costs tokens. */
#include "answer.h"
#include "chat_request.h"
#include "limit.h"
#include "probe.h"

#include <string.h>

enum {
  WANT_CHOICES = API_ERROR_WANTS,
  WANT_CHOICE,
  WANT_FINISH,
  WANT_CONTENT,
  WANT_REASONING,
  WANT_TOOL_CALL,
  WANT_MODEL,
  WANT_PROMPT,
  WANT_COMPLETION,
  WANT_REASONING_TOKENS,
};

/* A usage beyond this is not one (and would not fit into a counter for long):
 * it is left out. */
static const double tokens_max = 1e9;

static void want(struct answer *answer, struct json_reader *json) {
  (void)answer;
  static const struct json_want wants[] = {
      {"choices", WANT_CHOICES},
      {"choices/*", WANT_CHOICE},
      {"choices/*/finish_reason", WANT_FINISH},
      {"choices/*/delta/content", WANT_CONTENT},
      {"choices/*/delta/reasoning_content", WANT_REASONING},
      {"choices/*/delta/reasoning", WANT_REASONING},
      {"choices/*/delta/tool_calls/*", WANT_TOOL_CALL},
      {"model", WANT_MODEL},
      {"usage/prompt_tokens", WANT_PROMPT},
      {"usage/completion_tokens", WANT_COMPLETION},
      {"usage/completion_tokens_details/reasoning_tokens",
       WANT_REASONING_TOKENS}};
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    json_want(json, &wants[i]);
}

static bool tokens(const struct json_value *value, double *count) {
  return value->type == JSON_NUMBER &&
         json_number(value->text, value->length, count) && *count >= 0 &&
         *count <= tokens_max;
}

/* A piece of what the model says. */
static void take_token(struct answer *answer) {
  double gap = answer->now - answer->of.chat.last_token;
  if (!answer->of.chat.has_token)
    answer->of.chat.first_token = answer->now;
  else if (gap > answer->of.chat.longest_gap)
    answer->of.chat.longest_gap = gap;
  answer->of.chat.has_token = true;
  answer->of.chat.last_token = answer->now;
}

/* A relay that was paid for one model may answer with another, and a gateway
 * add a chunk of its own that names the one asked for. What follows the name,
 * such as a date, is a version of it. */
static void take_model(struct answer *answer, const struct json_value *value) {
  const char *asked = answer->probe->model;
  size_t length = strlen(asked);
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (value->length < length || memcmp(value->text, asked, length) != 0)
    answer->of.chat.other_model = true;
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  switch (id) {
  case WANT_CHOICES:
    if (value->type == JSON_ARRAY) /* null in a chunk of usage, of some */
      answer->of.chat.list = true;
    break;
  case WANT_CHOICE:
    if (value->type == JSON_OBJECT)
      answer->of.chat.choice = true;
    break;
  case WANT_FINISH:
    if (value->type == JSON_STRING && value->length > 0) /* "" is none yet */
      answer->of.chat.finished = true;
    break;
  case WANT_CONTENT:
  case WANT_REASONING:
    if (value->type != JSON_STRING || value->length == 0)
      break;
    take_token(answer);
    if (id == WANT_REASONING)
      answer->of.chat.shows_reasoning = true;
    break;
  case WANT_TOOL_CALL: /* some relays send empty lists of them */
    if (value->type == JSON_OBJECT)
      take_token(answer);
    break;
  case WANT_MODEL:
    take_model(answer, value);
    break;
  case WANT_PROMPT:
    answer->of.chat.has_prompt = tokens(value, &answer->of.chat.prompt_tokens);
    break;
  case WANT_COMPLETION:
    answer->of.chat.has_completion =
        tokens(value, &answer->of.chat.completion_tokens);
    break;
  default:
    if (!tokens(value, &answer->of.chat.reasoning_tokens))
      answer->of.chat.reasoning_tokens = 0;
  }
}

static enum cause cut(const struct answer *answer, enum cause broken) {
  double silence =
      answer->probe->timeout_ms / 1000.0 - answer->of.chat.last_token;
  if (answer->body.marked_end)
    return CAUSE_OK;
  if (broken != CAUSE_TIMEOUT)
    return answer->of.chat.finished ? CAUSE_OK : CAUSE_STREAM_CUT;
  /* Longer than it ever paused, or nothing is left to come: it does not go on.
   * Else it is only slow. */
  return answer->of.chat.finished || silence > answer->of.chat.longest_gap
             ? CAUSE_STREAM_STALLED
             : CAUSE_TIMEOUT;
}

/* What a model thought without a word of it came before the first piece. */
static double shown_tokens(const struct answer *answer) {
  return answer->of.chat.has_completion
             ? answer->of.chat.completion_tokens -
                   (answer->of.chat.shows_reasoning
                        ? 0
                        : answer->of.chat.reasoning_tokens)
             : 0;
}

static void add_times(const struct answer *answer, struct outcome *outcome) {
  double span = answer->of.chat.last_token - answer->of.chat.first_token;
  double shown = shown_tokens(answer);
  if (!answer->of.chat.has_token)
    return;
  outcome->has_stream = true;
  outcome->first_token = answer->of.chat.first_token;
  outcome->longest_gap = answer->of.chat.longest_gap;
  /* A proxy that holds the answer back lets all of it go at once. */
  if (shown > 1 && span > 0.001)
    outcome->tokens_per_second = (shown - 1) / span;
}

/* No prompt is empty: a usage of nothing is none. */
static void add_figures(const struct answer *answer, struct outcome *outcome) {
  outcome->other_model = answer->of.chat.other_model;
  outcome->has_usage = answer->of.chat.has_prompt &&
                       answer->of.chat.has_completion &&
                       answer->of.chat.prompt_tokens >= 1;
  if (outcome->has_usage) {
    outcome->prompt_tokens = (uint64_t)answer->of.chat.prompt_tokens;
    outcome->completion_tokens = (uint64_t)answer->of.chat.completion_tokens;
  }
  if (answer->probe->stream)
    add_times(answer, outcome);
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  if (!answer->of.chat.list || !answer->of.chat.choice ||
      answer->body.streams != answer->probe->stream)
    return CAUSE_MALFORMED;
  add_figures(answer, outcome);
  /* [DONE] ends it as well: some relays give no finish_reason. */
  return !answer->probe->stream || answer->of.chat.finished ||
                 answer->body.marked_end
             ? CAUSE_OK
             : CAUSE_STREAM_CUT;
}

const struct probe_kind chat_probe = {
    .endpoint = "chat/completions",
    .block = "Chat",
    .path = "/chat/completions",
    .timeout_ms = 30000,
    .least_default_interval = 60,
    .completion = true,
    .request = chat_request,
    .rank = RANK_CHAT,
    .want = want,
    .take = take,
    .judge = judge,
    .figures = add_figures,
    .cut = cut,
};
