/* POST /chat/completions: a small completion, which costs tokens. */
#include "probe/answer.h"
#include "probe/completion.h"
#include "probe/prober.h"
#include "probe/request_body.h"
#include "probe/vendor_trace.h"

/* --- the request --------------------------------------------------------- */

static void add_members(yajl_gen gen, const struct probe_settings *probe,
                        const struct prompt_values *values) {
  request_add_messages(gen, probe, values);
  request_add_number(gen,
                     probe->max_completion_tokens > 0 ? "max_completion_tokens"
                                                      : "max_tokens",
                     probe_settings_answer_tokens(probe));
  if (!probe->stream)
    return;
  request_add_true(gen, "stream");
  request_add_name(gen, "stream_options");
  yajl_gen_map_open(gen);
  request_add_true(gen, "include_usage");
  yajl_gen_map_close(gen);
}

/* --- the answer ---------------------------------------------------------- */

enum {
  FIELD_CHOICES = API_ERROR_SELECTORS,
  FIELD_CHOICE,
  FIELD_FINISH,
  FIELD_PART,
  FIELD_MESSAGE,
  FIELD_DELTA,
  FIELD_TEXT,
  FIELD_CONTENT,
  FIELD_REASONING,
  FIELD_CALL,
  FIELD_OTHER_THAN_TEXT,
  FIELD_MODEL,
  FIELD_TYPE,
  FIELD_TOKENS, /* one for each count of each usage */
};

/* Where a completion may have its token usage, in order of preference. */
enum {
  USAGE,
  USAGE_OF_CHOICE,
  USAGE_OF_VENDOR,
  USAGE_IN_OUT, /* with Anthropic's names */
  USAGES
};

_Static_assert((int)USAGES <= (int)COMPLETION_USAGES,
               "there is room for each usage");

#define TOKENS(usage, count) FIELD_TOKENS + COMPLETION_TOKENS(usage, count)

enum part { PART_OTHER, PART_MESSAGE, PART_DELTA };

struct chat_answer {
  bool has_list, has_choice;
  bool has_invalid_item; /* an item that is not a choice */
  enum part part;        /* the part of a choice that is being read */
};

ANSWER_STATE(struct chat_answer)

/* The content is in the `message` of a plain choice or in the `delta` of a
 * streamed one, with the same member names; which of the two it is, is reported
 * first. Content may be a list of parts, and some of them may be reasoning
 * (Mistral). Reasoning has many names: DeepSeek's, OpenRouter's, Ollama's.
 * Moonshot has the usage in a choice, Groq in x_groq. */
static const struct json_selector selectors[] = {
    {"choices", FIELD_CHOICES},
    {"choices/#", FIELD_CHOICE},
    {"choices/#/finish_reason", FIELD_FINISH},
    {"choices/#/text", FIELD_TEXT},
    {"choices/#/*", FIELD_PART},
    {"choices/#/message", FIELD_MESSAGE},
    {"choices/#/delta", FIELD_DELTA},
    {"choices/#/*/content", FIELD_CONTENT},
    {"choices/#/*/content/#", FIELD_CONTENT},
    {"choices/#/*/content/#/text", FIELD_CONTENT},
    {"choices/#/*/content/#/thinking", FIELD_REASONING},
    {"choices/#/*/content/#/thinking/#/text", FIELD_REASONING},
    {"choices/#/*/reasoning_content|reasoning|thinking", FIELD_REASONING},
    {"choices/#/*/tool_calls/*", FIELD_CALL},
    {"choices/#/*/function_call|audio|refusal", FIELD_CALL},
    {"choices/#/*/reasoning_details|images/#", FIELD_OTHER_THAN_TEXT},
    {"model", FIELD_MODEL},
    {"object|type", FIELD_TYPE},
    {"usage/prompt_tokens", TOKENS(USAGE, TOKENS_PROMPT)},
    {"usage/completion_tokens", TOKENS(USAGE, TOKENS_COMPLETION)},
    {"usage/cached_tokens|prompt_cache_hit_tokens",
     TOKENS(USAGE, TOKENS_CACHED)},
    {"usage/*/cached_tokens", TOKENS(USAGE, TOKENS_CACHED)},
    {"usage/reasoning_tokens", TOKENS(USAGE, TOKENS_REASONING)},
    {"usage/cost", TOKENS(USAGE, TOKENS_COST)},
    {"usage/*/reasoning_tokens", TOKENS(USAGE, TOKENS_REASONING)},
    {"choices/#/usage/prompt_tokens", TOKENS(USAGE_OF_CHOICE, TOKENS_PROMPT)},
    {"choices/#/usage/completion_tokens",
     TOKENS(USAGE_OF_CHOICE, TOKENS_COMPLETION)},
    {"choices/#/usage/*/reasoning_tokens",
     TOKENS(USAGE_OF_CHOICE, TOKENS_REASONING)},
    {"x_groq/usage/prompt_tokens", TOKENS(USAGE_OF_VENDOR, TOKENS_PROMPT)},
    {"x_groq/usage/completion_tokens",
     TOKENS(USAGE_OF_VENDOR, TOKENS_COMPLETION)},
    {"usage/input_tokens", TOKENS(USAGE_IN_OUT, TOKENS_PROMPT)},
    {"usage/output_tokens", TOKENS(USAGE_IN_OUT, TOKENS_COMPLETION)}};

_Static_assert(sizeof selectors / sizeof *selectors + API_ERROR_PATHS +
                       VENDOR_TRACE_PATHS <=
                   JSON_SELECTORS_MAX,
               "there is a bit for each");

static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  json_select_all(json, selectors, sizeof selectors / sizeof *selectors);
}

/* Some relays send null or {} instead of a list in the chunk with the usage. */
static void on_choice(struct chat_answer *chat, int id,
                      const struct json_value *value) {
  if (id == FIELD_CHOICES)
    chat->has_list |= value->type == JSON_ARRAY;
  else if (value->type == JSON_OBJECT)
    chat->has_choice = true;
  else
    chat->has_invalid_item = true;
}

static void on_part(struct chat_answer *chat, int id) {
  chat->part = id == FIELD_MESSAGE ? PART_MESSAGE
               : id == FIELD_DELTA ? PART_DELTA
                                   : PART_OTHER;
}

/* A call and audio are objects, a refusal is text. */
static void on_call(struct answer *answer, const struct json_value *value,
                    bool streamed) {
  completion_on_object(answer, value, streamed);
  completion_on_side_text(answer, value, streamed);
}

/* Only a delta counts as a piece of a stream. */
static void on_content(struct answer *answer, int id,
                       const struct json_value *value) {
  enum part part = state_of(answer)->part;
  bool streamed = part == PART_DELTA;
  if (part == PART_OTHER)
    return;
  if (id == FIELD_REASONING)
    completion_on_reasoning(answer, value, streamed);
  else if (id == FIELD_CALL)
    on_call(answer, value, streamed);
  else if (id == FIELD_OTHER_THAN_TEXT)
    completion_on_object(answer, value, false);
  else
    completion_on_text(answer, value, streamed);
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  struct chat_answer *chat = state_of(answer);
  switch (id) {
  case FIELD_CHOICES:
  case FIELD_CHOICE:
    on_choice(chat, id, value);
    break;
  case FIELD_FINISH:
    completion_on_finish(answer, value);
    break;
  case FIELD_PART:
  case FIELD_MESSAGE:
  case FIELD_DELTA:
    on_part(chat, id);
    break;
  case FIELD_TEXT: /* from the older completions API, plain or streamed */
    chat->part = PART_DELTA;
    on_content(answer, id, value);
    break;
  case FIELD_CONTENT:
  case FIELD_REASONING:
  case FIELD_CALL:
  case FIELD_OTHER_THAN_TEXT:
    on_content(answer, id, value);
    break;
  case FIELD_MODEL:
    completion_on_model(answer, value);
    break;
  case FIELD_TYPE:
    completion_on_type(answer, value);
    break;
  default:
    completion_on_tokens(answer, (unsigned)(id - FIELD_TOKENS), value);
  }
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct chat_answer *chat = const_state_of(answer);
  return chat->has_list && (chat->has_choice || !chat->has_invalid_item)
             ? completion_evaluate(answer, result)
             : completion_malformed(answer, result);
}

const struct prober chat_prober = {
    .form = FORM_CHAT,
    .add_members = add_members,
    .effort = "reasoning_effort",
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
    .add_stats = completion_add_stats,
    .on_truncated = completion_on_truncated,
};
