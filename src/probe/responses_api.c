/* POST /responses, OpenAI's newer API: a small completion, which costs tokens.
 */
#include "probe/answer.h"
#include "probe/completion.h"
#include "probe/prober.h"
#include "probe/request_body.h"

/* --- the request --------------------------------------------------------- */

/* The API keeps answers for a month unless it is told not to. */
static void add_members(yajl_gen gen, const struct probe_settings *probe,
                        const struct prompt_values *values) {
  request_add_prompt(gen, "input", probe, values);
  request_add_number(gen, "max_output_tokens", probe->max_tokens);
  request_add_false(gen, "store");
  if (probe->stream)
    request_add_true(gen, "stream");
}

/* --- the answer ---------------------------------------------------------- */

enum {
  FIELD_TYPE = API_ERROR_SELECTORS,
  FIELD_STATUS,
  FIELD_REASON,
  FIELD_OUTPUT,
  FIELD_ITEM,
  FIELD_ITEM_TYPE,
  FIELD_TEXT,
  FIELD_REFUSAL,
  FIELD_PIECE,
  FIELD_MODEL,
  FIELD_TOKENS, /* one for each count of the only usage */
};

/* What a piece of a stream is of. */
enum piece { PIECE_OF_TEXT, PIECE_OF_REASONING, PIECE_OF_REST };

struct responses_answer {
  bool has_output, has_item;
  bool has_invalid_item; /* one that is not an object */
  bool in_reasoning;     /* the item that is being read */
  bool has_text_piece;
  enum piece piece; /* according to the type of an event, */
  size_t event;     /* which is this one, from 1 on */
};

ANSWER_STATE(struct responses_answer)

#define TOKENS(count) FIELD_TOKENS + COMPLETION_TOKENS(0, count)

/* A plain answer is a response. The first and the last events of a stream have
 * one as well; those in between have a new item, or a piece of one. A response
 * repeats the instructions of the request, to which relays add an agent's. */
static const struct json_selector selectors[] = {
    {"instructions", JSON_SKIPPED},
    {"response/instructions", JSON_SKIPPED},
    {"object|type", FIELD_TYPE},
    {"status", FIELD_STATUS},
    {"incomplete_details/reason", FIELD_REASON},
    {"output", FIELD_OUTPUT},
    {"output/#", FIELD_ITEM},
    {"output/#/type", FIELD_ITEM_TYPE},
    {"output/#/content/#/text", FIELD_TEXT},
    {"output/#/content/#/refusal", FIELD_REFUSAL},
    {"model", FIELD_MODEL},
    {"usage/input_tokens", TOKENS(TOKENS_PROMPT)},
    {"usage/output_tokens", TOKENS(TOKENS_COMPLETION)},
    {"usage/*/cached_tokens", TOKENS(TOKENS_CACHED)},
    {"usage/*/reasoning_tokens", TOKENS(TOKENS_REASONING)},
    {"usage/cost", TOKENS(TOKENS_COST)},
    {"item/type", FIELD_ITEM_TYPE},
    {"delta", FIELD_PIECE},
    {"response/status", FIELD_STATUS},
    {"response/incomplete_details/reason", FIELD_REASON},
    {"response/output/#", FIELD_ITEM},
    {"response/output/#/type", FIELD_ITEM_TYPE},
    {"response/output/#/content/#/text", FIELD_TEXT},
    {"response/output/#/content/#/refusal", FIELD_REFUSAL},
    {"response/model", FIELD_MODEL},
    {"response/usage/input_tokens", TOKENS(TOKENS_PROMPT)},
    {"response/usage/output_tokens", TOKENS(TOKENS_COMPLETION)},
    {"response/usage/*/cached_tokens", TOKENS(TOKENS_CACHED)},
    {"response/usage/*/reasoning_tokens", TOKENS(TOKENS_REASONING)},
    {"response/usage/cost", TOKENS(TOKENS_COST)}};

static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  json_select_all(json, selectors, sizeof selectors / sizeof *selectors);
}

/* Why a response is incomplete says more than that it is, and may come first.
 */
static void on_final_status(struct answer *answer,
                            const struct json_value *status) {
  if (json_value_is(status, "completed") || json_value_is(status, "failed") ||
      (json_value_is(status, "incomplete") &&
       answer->completion.reason[0] == '\0'))
    completion_on_reason(answer, status);
}

static enum piece piece_of(const struct json_value *type) {
  if (json_value_begins_with(type, "response.reasoning"))
    return PIECE_OF_REASONING;
  return json_value_is(type, "response.output_text.delta") ? PIECE_OF_TEXT
                                                           : PIECE_OF_REST;
}

/* That of a stream's last event is `response.` and the status, or as in the
 * Realtime API `response.done`; relays may omit what else the event has. */
static void on_type(struct answer *answer, const struct json_value *value) {
  static const char prefix[] = "response.";
  struct responses_answer *responses = state_of(answer);
  struct json_value rest = *value;
  completion_on_type(answer, value);
  responses->piece = piece_of(value);
  responses->event = answer->body.documents + 1;
  if (!json_value_begins_with(value, prefix))
    return;
  rest.text += sizeof prefix - 1;
  rest.length -= sizeof prefix - 1;
  on_final_status(answer, &rest);
  if (json_value_is(&rest, "completed") || json_value_is(&rest, "incomplete") ||
      json_value_is(&rest, "failed") || json_value_is(&rest, "done"))
    completion_on_end(answer);
}

static void on_item(struct responses_answer *responses,
                    const struct json_value *value) {
  responses->has_item |= value->type == JSON_OBJECT;
  responses->has_invalid_item |= value->type != JSON_OBJECT;
  responses->in_reasoning = false;
}

/* Reasoning is content even if none of it is shown, and so is a call without
 * arguments. */
static void on_item_type(struct answer *answer,
                         const struct json_value *value) {
  state_of(answer)->in_reasoning = json_value_is(value, "reasoning");
  if (json_value_is(value, "reasoning") || json_value_ends_with(value, "_call"))
    completion_on_side_text(answer, value, false);
}

/* The last event of a stream repeats it. */
static void on_text(struct answer *answer, const struct json_value *value) {
  const struct responses_answer *responses = state_of(answer);
  if (responses->in_reasoning || responses->has_text_piece)
    completion_on_side_text(answer, value, false);
  else
    completion_on_text(answer, value, false);
}

/* A relay may send the type of an event after its other members, such as in
 * alphabetical order: until then, it is text. */
static void on_piece(struct answer *answer, const struct json_value *value) {
  struct responses_answer *responses = state_of(answer);
  bool known = responses->event == answer->body.documents + 1;
  switch (known ? responses->piece : PIECE_OF_TEXT) {
  case PIECE_OF_TEXT:
    responses->has_text_piece = true;
    completion_on_text(answer, value, true);
    break;
  case PIECE_OF_REASONING:
    completion_on_reasoning(answer, value, true);
    break;
  default:
    completion_on_side_text(answer, value, true);
  }
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  struct responses_answer *responses = state_of(answer);
  switch (id) {
  case FIELD_TYPE:
    on_type(answer, value);
    break;
  case FIELD_STATUS:
    on_final_status(answer, value);
    break;
  case FIELD_REASON:
    completion_on_reason(answer, value);
    break;
  case FIELD_OUTPUT:
    responses->has_output |= value->type == JSON_ARRAY;
    break;
  case FIELD_ITEM:
    on_item(responses, value);
    break;
  case FIELD_ITEM_TYPE:
    on_item_type(answer, value);
    break;
  case FIELD_TEXT:
    on_text(answer, value);
    break;
  case FIELD_REFUSAL:
    completion_on_side_text(answer, value, false);
    break;
  case FIELD_PIECE:
    on_piece(answer, value);
    break;
  case FIELD_MODEL:
    completion_on_model(answer, value);
    break;
  default:
    completion_on_tokens(answer, (unsigned)(id - FIELD_TOKENS), value);
  }
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct responses_answer *responses = const_state_of(answer);
  bool conforms = answer->probe->stream
                      ? answer->completion.form == FORM_RESPONSES
                      : responses->has_output;
  return conforms && (responses->has_item || !responses->has_invalid_item)
             ? completion_evaluate(answer, result)
             : completion_malformed(answer, result);
}

const struct prober responses_prober = {
    .form = FORM_RESPONSES,
    .has_last_event = true,
    .add_members = add_members,
    .effort = "reasoning/effort",
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
    .add_stats = completion_add_stats,
    .on_truncated = completion_on_truncated,
};
