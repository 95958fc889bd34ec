/* POST /embeddings: the vector of a short text. */
#include "probe/answer.h"
#include "probe/completion.h"
#include "probe/prober.h"
#include "probe/request_body.h"

/* --- the request --------------------------------------------------------- */

static void add_members(yajl_gen gen, const struct probe_settings *probe,
                        const struct prompt_values *values) {
  request_add_prompt(gen, "input", probe, values);
}

/* --- the answer ---------------------------------------------------------- */

enum {
  FIELD_LIST = API_ERROR_SELECTORS,
  FIELD_ITEM,
  FIELD_VECTOR,
  FIELD_NUMBER,
  FIELD_MODEL,
  FIELD_TOKENS, /* one for each count of each usage */
};

struct embeddings_answer {
  bool has_list;
  bool has_vector;  /* a list of numbers, which may be empty */
  bool has_content; /* one of them is not 0 */
  bool has_invalid; /* an item or a vector of another type, or not a number */
};

ANSWER_STATE(struct embeddings_answer)

#define TOKENS(usage, count) FIELD_TOKENS + COMPLETION_TOKENS(usage, count)

/* Some gateways use the names of other APIs for the usage. */
static const struct json_selector selectors[] = {
    {"data", FIELD_LIST},
    {"data/#", FIELD_ITEM},
    {"data/#/embedding", FIELD_VECTOR},
    {"data/#/embedding/#", FIELD_NUMBER},
    {"model", FIELD_MODEL},
    {"usage/prompt_tokens", TOKENS(0, TOKENS_PROMPT)},
    {"usage/cost", TOKENS(0, TOKENS_COST)},
    {"usage/input_tokens", TOKENS(1, TOKENS_PROMPT)},
    {"usage/total_tokens", TOKENS(2, TOKENS_PROMPT)}};

static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  json_select_all(json, selectors, sizeof selectors / sizeof *selectors);
}

/* A model that failed has zeros, or what JSON has no number for: null. */
static void on_number(struct embeddings_answer *embeddings,
                      const struct json_value *value) {
  double number;
  if (value->type != JSON_NUMBER ||
      !json_parse_number(value->text, value->length, &number))
    embeddings->has_invalid = true;
  else if (number < 0 || number > 0)
    embeddings->has_content = true;
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  struct embeddings_answer *embeddings = state_of(answer);
  switch (id) {
  case FIELD_LIST:
    embeddings->has_list = value->type == JSON_ARRAY;
    break;
  case FIELD_ITEM:
    embeddings->has_invalid |= value->type != JSON_OBJECT;
    break;
  case FIELD_VECTOR:
    embeddings->has_vector |= value->type == JSON_ARRAY;
    embeddings->has_invalid |= value->type != JSON_ARRAY;
    break;
  case FIELD_NUMBER:
    on_number(embeddings, value);
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
  const struct embeddings_answer *embeddings = const_state_of(answer);
  if (!embeddings->has_list)
    return CAUSE_MALFORMED;
  completion_add_stats(answer, result);
  return embeddings->has_vector && embeddings->has_content &&
                 !embeddings->has_invalid
             ? CAUSE_OK
             : CAUSE_EMPTY_ANSWER;
}

const struct prober embeddings_prober = {
    .add_members = add_members,
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
};
