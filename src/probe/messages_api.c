/* POST /messages, as Anthropic's API has it: a small completion, which costs
 * tokens. */
#include "probe/answer.h"
#include "probe/completion.h"
#include "probe/prober.h"
#include "probe/request_body.h"

/* --- the request --------------------------------------------------------- */

static void add_members(yajl_gen gen, const struct probe_settings *probe,
                        const struct prompt_values *values) {
  request_add_number(gen, "max_tokens", probe->max_tokens);
  request_add_messages(gen, probe, values);
  if (probe->stream)
    request_add_true(gen, "stream");
}

/* --- the answer ---------------------------------------------------------- */

enum {
  FIELD_TYPE = API_ERROR_SELECTORS,
  FIELD_CONTENT,
  FIELD_BLOCK,
  FIELD_TEXT,
  FIELD_REASONING,
  FIELD_OBJECT,
  FIELD_EVENT,
  FIELD_PIECE,
  FIELD_ARGUMENTS_PIECE,
  FIELD_REASONING_PIECE,
  FIELD_OBJECT_BEGIN,
  FIELD_STOP,
  FIELD_MODEL,
  FIELD_TOKENS, /* one for each count of the only usage */
};

struct messages_answer {
  bool has_content, has_block;
  bool has_invalid_block; /* one that is not an object */
  bool has_event;         /* of a stream, other than a ping */
};

ANSWER_STATE(struct messages_answer)

#define TOKENS(count) FIELD_TOKENS + COMPLETION_TOKENS(0, count)

/* A stream begins with a message without content, whose usage is that of the
 * prompt; a block begins as an object, mostly an empty one, and continues in
 * deltas; in the end there are the stop reason and the rest of the usage.
 * Reasoning may be encrypted; so are signatures, which are no content. */
static const struct json_selector selectors[] = {
    {"object|type", FIELD_TYPE},
    {"content", FIELD_CONTENT},
    {"content/#", FIELD_BLOCK},
    {"content/#/text", FIELD_TEXT},
    {"content/#/thinking|data", FIELD_REASONING},
    {"content/#/input", FIELD_OBJECT},
    {"message|content_block|delta", FIELD_EVENT},
    {"content_block|delta/text", FIELD_PIECE},
    {"content_block|delta/thinking|data", FIELD_REASONING_PIECE},
    {"content_block/input", FIELD_OBJECT_BEGIN},
    {"delta/partial_json", FIELD_ARGUMENTS_PIECE},
    {"stop_reason", FIELD_STOP},
    {"delta/stop_reason", FIELD_STOP},
    {"model", FIELD_MODEL},
    {"message/model", FIELD_MODEL},
    {"usage/input_tokens", TOKENS(TOKENS_PROMPT)},
    {"usage/output_tokens", TOKENS(TOKENS_COMPLETION)},
    {"usage/cache_read_input_tokens", TOKENS(TOKENS_CACHE_READ)},
    {"usage/cache_creation_input_tokens", TOKENS(TOKENS_CACHE_WRITTEN)},
    {"message/usage/input_tokens", TOKENS(TOKENS_PROMPT)},
    {"message/usage/output_tokens", TOKENS(TOKENS_COMPLETION)},
    {"message/usage/cache_read_input_tokens", TOKENS(TOKENS_CACHE_READ)},
    {"message/usage/cache_creation_input_tokens", TOKENS(TOKENS_CACHE_WRITTEN)},
    {"usage/output_tokens_details/thinking_tokens", TOKENS(TOKENS_REASONING)}};

static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  json_select_all(json, selectors, sizeof selectors / sizeof *selectors);
}

static void on_type(struct answer *answer, const struct json_value *value) {
  completion_on_type(answer, value);
  if (json_value_is(value, "message_stop"))
    completion_on_end(answer);
}

static void on_block(struct messages_answer *messages,
                     const struct json_value *value) {
  messages->has_block |= value->type == JSON_OBJECT;
  messages->has_invalid_block |= value->type != JSON_OBJECT;
}

/* Some events repeat only a part of the usage, with null for the rest. */
static void on_tokens(struct answer *answer, unsigned field,
                      const struct json_value *value) {
  if (value->type != JSON_NULL)
    completion_on_tokens(answer, field, value);
}

static void on_content(struct answer *answer, int id,
                       const struct json_value *value) {
  if (id == FIELD_TEXT || id == FIELD_PIECE)
    completion_on_text(answer, value, id == FIELD_PIECE);
  else if (id == FIELD_ARGUMENTS_PIECE)
    completion_on_side_text(answer, value, true);
  else if (id == FIELD_REASONING || id == FIELD_REASONING_PIECE)
    completion_on_reasoning(answer, value, id == FIELD_REASONING_PIECE);
  else
    completion_on_object(answer, value, id == FIELD_OBJECT_BEGIN);
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  struct messages_answer *messages = state_of(answer);
  switch (id) {
  case FIELD_TYPE:
    on_type(answer, value);
    break;
  case FIELD_CONTENT:
    messages->has_content |= value->type == JSON_ARRAY;
    break;
  case FIELD_BLOCK:
    on_block(messages, value);
    break;
  case FIELD_EVENT:
    messages->has_event |= value->type == JSON_OBJECT;
    break;
  case FIELD_STOP:
    completion_on_finish(answer, value);
    break;
  case FIELD_MODEL:
    completion_on_model(answer, value);
    break;
  case FIELD_TEXT:
  case FIELD_REASONING:
  case FIELD_OBJECT:
  case FIELD_PIECE:
  case FIELD_ARGUMENTS_PIECE:
  case FIELD_REASONING_PIECE:
  case FIELD_OBJECT_BEGIN:
    on_content(answer, id, value);
    break;
  default:
    on_tokens(answer, (unsigned)(id - FIELD_TOKENS), value);
  }
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct messages_answer *messages = const_state_of(answer);
  bool conforms =
      answer->probe->stream ? messages->has_event : messages->has_content;
  return conforms && (messages->has_block || !messages->has_invalid_block)
             ? completion_evaluate(answer, result)
             : completion_malformed(answer, result);
}

/* Relays take the key of either API; Anthropic itself takes its own header. */
const struct prober messages_prober = {
    .form = FORM_MESSAGES,
    .has_last_event = true,
    .key_header = "x-api-key",
    .version_header = "anthropic-version: 2023-06-01",
    .add_members = add_members,
    .effort = "output_config/effort",
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
    .add_stats = completion_add_stats,
    .on_truncated = completion_on_truncated,
};
