/* POST /chat/completions: a small completion, which costs tokens. */
#include "probe/answer.h"
#include "probe/chat_request.h"
#include "probe/completion.h"
#include "probe/prober.h"

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
  WANT_COMPLETION = WANT_PROMPT + COMPLETION_USAGES,
};

/* Where a completion has its usage, from the most telling to the least. */
enum {
  USAGE,
  USAGE_OF_CHOICE,
  USAGE_OF_VENDOR,
  USAGE_IN_OUT, /* by the names that Anthropic gives the counts */
  USAGES
};

_Static_assert((int)USAGES <= (int)COMPLETION_USAGES,
               "there is room for each usage");

enum part { PART_OTHER, PART_MESSAGE, PART_DELTA };

struct chat_answer {
  bool list, choice;
  bool odd;       /* an item of the list that is not a choice */
  enum part part; /* of a choice: which is being read */
};

ANSWER_STATE(struct chat_answer)

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
    {"usage/prompt_tokens", WANT_PROMPT + USAGE},
    {"usage/completion_tokens", WANT_COMPLETION + USAGE},
    {"usage/reasoning_tokens", WANT_REASONING_TOKENS},
    {"usage/*/reasoning_tokens", WANT_REASONING_TOKENS},
    {"choices/#/usage/prompt_tokens", WANT_PROMPT + USAGE_OF_CHOICE},
    {"choices/#/usage/completion_tokens", WANT_COMPLETION + USAGE_OF_CHOICE},
    {"choices/#/usage/*/reasoning_tokens", WANT_REASONING_TOKENS},
    {"x_groq/usage/prompt_tokens", WANT_PROMPT + USAGE_OF_VENDOR},
    {"x_groq/usage/completion_tokens", WANT_COMPLETION + USAGE_OF_VENDOR},
    {"usage/input_tokens", WANT_PROMPT + USAGE_IN_OUT},
    {"usage/output_tokens", WANT_COMPLETION + USAGE_IN_OUT}};

static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    json_select(json, &selectors[i]);
}

/* Null in a chunk of usage, of some, or {}. */
static void on_choice(struct chat_answer *chat, int id,
                      const struct json_value *value) {
  if (id == WANT_CHOICES)
    chat->list |= value->type == JSON_ARRAY;
  else if (value->type == JSON_OBJECT)
    chat->choice = true;
  else
    chat->odd = true;
}

static void on_part(struct chat_answer *chat, int id) {
  chat->part = id == WANT_MESSAGE ? PART_MESSAGE
               : id == WANT_DELTA ? PART_DELTA
                                  : PART_OTHER;
}

/* Only a delta is a piece of a stream. */
static void on_content(struct answer *answer, int id,
                       const struct json_value *value) {
  enum part part = state_of(answer)->part;
  bool streamed = part == PART_DELTA;
  if (part == PART_OTHER)
    return;
  if (id == WANT_REASONING)
    completion_on_reasoning(answer, value, streamed);
  else if (id == WANT_CALL)
    completion_on_object(answer, value, streamed);
  else if (id == WANT_OTHER_THAN_TEXT)
    completion_on_object(answer, value, false);
  else
    completion_on_text(answer, value, streamed);
}

static void on_usage(struct answer *answer, int id,
                     const struct json_value *value) {
  if (id >= WANT_COMPLETION)
    completion_on_completion_tokens(answer, (unsigned)(id - WANT_COMPLETION),
                                    value);
  else
    completion_on_prompt_tokens(answer, (unsigned)(id - WANT_PROMPT), value);
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  struct chat_answer *chat = state_of(answer);
  switch (id) {
  case WANT_CHOICES:
  case WANT_CHOICE:
    on_choice(chat, id, value);
    break;
  case WANT_FINISH:
    completion_on_finish(answer, value);
    break;
  case WANT_PART:
  case WANT_MESSAGE:
  case WANT_DELTA:
    on_part(chat, id);
    break;
  case WANT_TEXT: /* as the older completions have it, plain and streamed */
    chat->part = PART_DELTA;
    on_content(answer, id, value);
    break;
  case WANT_CONTENT:
  case WANT_REASONING:
  case WANT_REFUSAL:
  case WANT_CALL:
  case WANT_OTHER_THAN_TEXT:
    on_content(answer, id, value);
    break;
  case WANT_MODEL:
    completion_on_model(answer, value);
    break;
  case WANT_REASONING_TOKENS:
    completion_on_reasoning_tokens(answer, value);
    break;
  default:
    on_usage(answer, id, value);
  }
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct chat_answer *chat = state_in(answer);
  if (!chat->list || answer->body.streams != answer->probe->stream ||
      (chat->odd && !chat->choice))
    return CAUSE_MALFORMED;
  return completion_evaluate(answer, result);
}

const struct prober chat_prober = {
    .request = chat_request_format,
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
    .add_stats = completion_add_stats,
    .on_truncated = completion_on_truncated,
};
