/* POST /chat/completions: a small completion, which costs tokens. */
#include "probe/answer.h"
#include "probe/chat_request.h"
#include "probe/finish_reason.h"
#include "probe/prober.h"

#include <string.h>

enum {
  WANT_CHOICES = API_ERROR_SELECTORS,
  WANT_CHOICE,
  WANT_FINISH,
  WANT_PART,
  WANT_MESSAGE,
  WANT_DELTA,
  WANT_TEXT,
  WANT_CONTENT,
  WANT_REASONING,
  WANT_REFUSAL,
  WANT_CALL,
  WANT_OTHER_THAN_TEXT,
  WANT_MODEL,
  WANT_REASONING_TOKENS,
  WANT_PROMPT, /* and so on, one for each place of a usage */
  WANT_COMPLETION = WANT_PROMPT + CHAT_USAGES,
};

/* A usage beyond this is not one (and would not fit into a counter for long):
 * it is left out. */
static const double tokens_max = 1e9;

/* What is said stands in the `message` of a plain choice and in the `delta` of
 * a streamed one, both by the same names: which of the two it is, is told
 * before. Content may be a list of parts, of which some may be thoughts
 * (Mistral). Thoughts have many names: DeepSeek's, OpenRouter's, Ollama's.
 * Usage is in a choice at Moonshot, and in x_groq at Groq. */
static const struct json_selector selectors[] = {
    {"choices", WANT_CHOICES},
    {"choices/#", WANT_CHOICE},
    {"choices/#/finish_reason", WANT_FINISH},
    {"choices/#/text", WANT_TEXT},
    {"choices/#/*", WANT_PART},
    {"choices/#/message", WANT_MESSAGE},
    {"choices/#/delta", WANT_DELTA},
    {"choices/#/*/content", WANT_CONTENT},
    {"choices/#/*/content/#", WANT_CONTENT},
    {"choices/#/*/content/#/text", WANT_CONTENT},
    {"choices/#/*/content/#/thinking", WANT_REASONING},
    {"choices/#/*/content/#/thinking/#/text", WANT_REASONING},
    {"choices/#/*/reasoning_content|reasoning|thinking", WANT_REASONING},
    {"choices/#/*/refusal", WANT_REFUSAL},
    {"choices/#/*/tool_calls/*", WANT_CALL},
    {"choices/#/*/function_call", WANT_CALL},
    {"choices/#/*/reasoning_details/#", WANT_OTHER_THAN_TEXT},
    {"choices/#/*/audio", WANT_OTHER_THAN_TEXT},
    {"choices/#/*/images/#", WANT_OTHER_THAN_TEXT},
    {"model", WANT_MODEL},
    {"usage/prompt_tokens", WANT_PROMPT + CHAT_USAGE},
    {"usage/completion_tokens", WANT_COMPLETION + CHAT_USAGE},
    {"usage/reasoning_tokens", WANT_REASONING_TOKENS},
    {"usage/*/reasoning_tokens", WANT_REASONING_TOKENS},
    {"choices/#/usage/prompt_tokens", WANT_PROMPT + CHAT_USAGE_OF_CHOICE},
    {"choices/#/usage/completion_tokens",
     WANT_COMPLETION + CHAT_USAGE_OF_CHOICE},
    {"choices/#/usage/*/reasoning_tokens", WANT_REASONING_TOKENS},
    {"x_groq/usage/prompt_tokens", WANT_PROMPT + CHAT_USAGE_OF_VENDOR},
    {"x_groq/usage/completion_tokens", WANT_COMPLETION + CHAT_USAGE_OF_VENDOR},
    {"usage/input_tokens", WANT_PROMPT + CHAT_USAGE_IN_OUT},
    {"usage/output_tokens", WANT_COMPLETION + CHAT_USAGE_IN_OUT}};

static void want(struct answer *answer, struct json_reader *json) {
  (void)answer;
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    json_select(json, &selectors[i]);
}

static bool tokens(const struct json_value *value, double *count) {
  return value->type == JSON_NUMBER &&
         json_parse_number(value->text, value->length, count) && *count >= 0 &&
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

/* "" is none yet, of some. */
static void take_finish(struct answer *answer, const struct json_value *value) {
  if (value->type != JSON_STRING || value->length == 0)
    return;
  answer->of.chat.finished = true;
  if (finish_reason_explains_empty(value->text, value->length))
    answer->of.chat.explained = true;
  if (!finish_reason_is_failure(value->text, value->length))
    return;
  answer->of.chat.failed = true;
  text_sanitize(answer->of.chat.reason, sizeof answer->of.chat.reason,
                value->text, value->length, answer->secrets);
}

/* Something that was said, if it is not empty; only a delta is a piece of a
 * stream. */
static void take_text(struct answer *answer, int id,
                      const struct json_value *value) {
  if (value->type != JSON_STRING || value->length == 0)
    return;
  if (!text_is_blank(value->text, value->length))
    answer->of.chat.said = true;
  if (answer->of.chat.part != CHAT_PART_DELTA)
    return;
  take_token(answer);
  if (id == WANT_REASONING)
    answer->of.chat.shows_reasoning = true;
}

/* Some relays send empty lists of calls, or a null. */
static void take_object(struct answer *answer, int id,
                        const struct json_value *value) {
  if (value->type != JSON_OBJECT)
    return;
  answer->of.chat.said = true;
  if (id == WANT_CALL && answer->of.chat.part == CHAT_PART_DELTA)
    take_token(answer);
}

/* Null in a chunk of usage, of some, or {}. */
static void take_choice(struct answer *answer, int id,
                        const struct json_value *value) {
  if (id == WANT_CHOICES)
    answer->of.chat.list |= value->type == JSON_ARRAY;
  else if (value->type == JSON_OBJECT)
    answer->of.chat.choice = true;
  else
    answer->of.chat.odd = true;
}

static void take_usage(struct answer *answer, int id,
                       const struct json_value *value) {
  struct token_counts *usage = answer->of.chat.usage;
  double count;
  if (id == WANT_REASONING_TOKENS) {
    if (tokens(value, &count) && count > answer->of.chat.reasoning_tokens)
      answer->of.chat.reasoning_tokens = count;
  } else if (id >= WANT_COMPLETION) {
    usage += id - WANT_COMPLETION;
    usage->has_completion = tokens(value, &usage->completion);
  } else {
    usage += id - WANT_PROMPT;
    usage->has_prompt = tokens(value, &usage->prompt);
  }
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  switch (id) {
  case WANT_CHOICES:
  case WANT_CHOICE:
    take_choice(answer, id, value);
    break;
  case WANT_FINISH:
    take_finish(answer, value);
    break;
  case WANT_PART:
    answer->of.chat.part = CHAT_PART_OTHER;
    break;
  case WANT_MESSAGE:
    answer->of.chat.part = CHAT_PART_MESSAGE;
    break;
  case WANT_DELTA:
    answer->of.chat.part = CHAT_PART_DELTA;
    break;
  case WANT_TEXT: /* as the older completions have it, plain and streamed */
    answer->of.chat.part = CHAT_PART_DELTA;
    take_text(answer, id, value);
    break;
  case WANT_CONTENT:
  case WANT_REASONING:
  case WANT_REFUSAL:
    if (answer->of.chat.part != CHAT_PART_OTHER)
      take_text(answer, id, value);
    break;
  case WANT_CALL:
  case WANT_OTHER_THAN_TEXT:
    if (answer->of.chat.part != CHAT_PART_OTHER)
      take_object(answer, id, value);
    break;
  case WANT_MODEL:
    take_model(answer, value);
    break;
  default:
    take_usage(answer, id, value);
  }
}

static enum cause cut(const struct answer *answer, enum cause transport_error) {
  double silence =
      seconds_of(answer->probe->timeout) - answer->of.chat.last_token;
  if (answer->body.done || answer->of.chat.failed)
    return CAUSE_OK;
  if (transport_error != CAUSE_TIMEOUT)
    return answer->of.chat.finished ? CAUSE_OK : CAUSE_STREAM_CUT;
  /* Longer than it ever paused, or nothing is left to come: it does not go on.
   * Else it is only slow. */
  return answer->of.chat.finished || silence > answer->of.chat.longest_gap
             ? CAUSE_STREAM_STALLED
             : CAUSE_TIMEOUT;
}

/* No prompt is empty: a usage of nothing is none, and another may be there.
 * NULL: none is. */
static const struct token_counts *the_usage(const struct answer *answer) {
  const struct token_counts *usage = answer->of.chat.usage;
  for (unsigned i = 0; i < CHAT_USAGES; i++)
    if (usage[i].has_prompt && usage[i].has_completion && usage[i].prompt >= 1)
      return &usage[i];
  return NULL;
}

/* What a model thought without a word of it came before the first piece. */
static double shown_tokens(const struct answer *answer) {
  const struct token_counts *usage = the_usage(answer);
  return usage == NULL ? 0
         : answer->of.chat.shows_reasoning
             ? usage->completion
             : usage->completion - answer->of.chat.reasoning_tokens;
}

/* White space alone is no answer that could be called quick. */
static void add_times(const struct answer *answer,
                      struct probe_result *result) {
  double span = answer->of.chat.last_token - answer->of.chat.first_token;
  double shown = shown_tokens(answer);
  if (!answer->of.chat.has_token || !answer->of.chat.said)
    return;
  result->has_stream = true;
  result->first_token = answer->of.chat.first_token;
  result->longest_gap = answer->of.chat.longest_gap;
  /* A proxy that holds the answer back lets all of it go at once. */
  if (shown > 1 && span > 0.001)
    result->tokens_per_second = (shown - 1) / span;
}

static void add_figures(const struct answer *answer,
                        struct probe_result *result) {
  const struct token_counts *usage = the_usage(answer);
  result->other_model = answer->of.chat.other_model;
  result->has_usage = usage != NULL;
  if (usage != NULL) {
    result->prompt_tokens = (uint64_t)usage->prompt;
    result->completion_tokens = (uint64_t)usage->completion;
  }
  if (answer->probe->stream)
    add_times(answer, result);
}

static bool is_empty(const struct answer *answer) {
  return !answer->of.chat.said && !answer->of.chat.explained &&
         answer->of.chat.reasoning_tokens <= 0;
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  bool stream = answer->probe->stream;
  if (!answer->of.chat.list || answer->body.streams != stream ||
      (answer->of.chat.odd && !answer->of.chat.choice))
    return CAUSE_MALFORMED;
  add_figures(answer, result);
  if (answer->of.chat.failed) {
    memcpy(result->error_code, answer->of.chat.reason,
           sizeof result->error_code);
    return stream ? CAUSE_STREAM_ERROR : CAUSE_SERVER_ERROR;
  }
  /* [DONE] ends it as well: some relays give no finish_reason. */
  if (stream && !answer->of.chat.finished && !answer->body.done)
    return CAUSE_STREAM_CUT;
  return is_empty(answer) ? CAUSE_EMPTY_ANSWER : CAUSE_OK;
}

const struct prober chat_prober = {
    .request = chat_request_format,
    .select = want,
    .on_field = take,
    .evaluate = evaluate,
    .add_stats = add_figures,
    .on_truncated = cut,
};
