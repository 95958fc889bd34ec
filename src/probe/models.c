/* GET /models, the health probe: a list of models. */
#include "probe/answer.h"
#include "probe/prober.h"

#include <string.h>

enum { MODEL_LISTS = 3 }; /* places where relays have one */

struct model_list {
  bool there;
  bool other;   /* an item that is not a model */
  bool unnamed; /* the last item, so far */
  uint64_t count;
};

struct models_answer {
  struct model_list lists[MODEL_LISTS];
  uint64_t required; /* of those that have to be listed: a bit each */
};

ANSWER_STATE(struct models_answer)

/* Each list has these places. */
enum { PLACE_LIST, PLACE_ITEM, PLACE_ID, PLACE_NAME, PLACES };

enum {
  WANT_DATA = API_ERROR_SELECTORS,
  WANT_MODELS = WANT_DATA + PLACES,
  WANT_TOP = WANT_MODELS + PLACES
};

/* As OpenAI has it; as Ollama, Gemini and Cohere do, where a model may have a
 * name alone; and without anything around it, as Together and GitHub do. */
static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  static const struct json_selector selectors[] = {
      {"data", WANT_DATA + PLACE_LIST},
      {"data/#", WANT_DATA + PLACE_ITEM},
      {"data/#/id", WANT_DATA + PLACE_ID},
      {"models", WANT_MODELS + PLACE_LIST},
      {"models/#", WANT_MODELS + PLACE_ITEM},
      {"models/#/id", WANT_MODELS + PLACE_ID},
      {"models/#/name", WANT_MODELS + PLACE_NAME},
      {"models/#/model", WANT_MODELS + PLACE_NAME},
      {"#", WANT_TOP + PLACE_ITEM},
      {"#/id", WANT_TOP + PLACE_ID}};
  for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++)
    json_select(json, &selectors[i]);
}

static bool is_name(const struct json_value *value, const char *name) {
  return strlen(name) == value->length &&
         memcmp(value->text, name, value->length) == 0;
}

/* Gemini's list says of each name that it is one of its models. */
static struct json_value without_prefix(struct json_value value) {
  static const char prefix[] = "models/";
  if (value.length >= sizeof prefix - 1 &&
      memcmp(value.text, prefix, sizeof prefix - 1) == 0) {
    value.text += sizeof prefix - 1;
    value.length -= sizeof prefix - 1;
  }
  return value;
}

static void note_required(struct answer *answer,
                          const struct json_value *value) {
  const struct probe_settings *probe = answer->probe;
  struct json_value rest = without_prefix(*value);
  for (size_t i = 0; i < probe->required_count; i++)
    if (is_name(value, probe->required[i].id) ||
        is_name(&rest, probe->required[i].id))
      state_of(answer)->required |= UINT64_C(1) << i;
}

/* By one name each. */
static void tell(const struct answer *answer, const struct model_list *list,
                 const struct json_value *value) {
  const struct probe_settings *probe = answer->probe;
  struct json_value rest = without_prefix(*value);
  if (probe->listed != NULL && list->unnamed)
    probe->listed(probe->listener, rest.text, rest.length);
}

static void on_item(struct model_list *list, const struct json_value *value) {
  if (value->type != JSON_OBJECT || list->unnamed)
    list->other = true;
  list->there = true;
  list->unnamed = true;
  list->count++;
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  int place = id - WANT_DATA;
  struct model_list *list = &state_of(answer)->lists[place / PLACES];
  switch (place % PLACES) {
  case PLACE_LIST:
    list->there = value->type == JSON_ARRAY;
    break;
  case PLACE_ITEM:
    on_item(list, value);
    break;
  default:
    if (value->type == JSON_STRING) {
      note_required(answer, value);
      tell(answer, list, value);
      list->unnamed = false;
    } else if (place % PLACES == PLACE_ID) {
      list->other = true;
    }
  }
}

/* Some send two of them, so that both kinds of clients find theirs. */
static const struct model_list *the_list(const struct answer *answer) {
  for (unsigned i = 0; i < MODEL_LISTS; i++)
    if (state_in(answer)->lists[i].there)
      return &state_in(answer)->lists[i];
  return NULL;
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct model_list *list = the_list(answer);
  if (list == NULL || list->other || list->unnamed)
    return CAUSE_MALFORMED;
  result->has_models = true;
  result->models = list->count;
  result->required = state_in(answer)->required;
  return CAUSE_OK;
}

const struct prober models_prober = {
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
};
