/* GET /models, the health probe: a list of models. */
#include "probe/answer.h"
#include "probe/prober.h"

enum { MODEL_LISTS = 3 }; /* fields in which relays have one */

struct model_list {
  bool found;
  bool malformed; /* has an item that is not a model */
  bool unnamed;   /* the last item has no name so far */
  uint64_t count;
};

struct models_answer {
  struct model_list lists[MODEL_LISTS];
  uint64_t required; /* which of probe->required are listed: a bit each */
};

ANSWER_STATE(struct models_answer)

/* The fields of each list. */
enum { LIST_SELF, LIST_ITEM, LIST_ID, LIST_NAME, LIST_FIELDS };

enum {
  FIELD_DATA = API_ERROR_SELECTORS,
  FIELD_MODELS = FIELD_DATA + LIST_FIELDS,
  FIELD_TOP = FIELD_MODELS + LIST_FIELDS
};

/* OpenAI's list; that of Ollama, Gemini and Cohere, in which a model may only
 * have a name; and a bare array, as Together and GitHub send it. */
static void select_fields(struct answer *answer, struct json_reader *json) {
  (void)answer;
  static const struct json_selector selectors[] = {
      {"data", FIELD_DATA + LIST_SELF},
      {"data/#", FIELD_DATA + LIST_ITEM},
      {"data/#/id", FIELD_DATA + LIST_ID},
      {"models", FIELD_MODELS + LIST_SELF},
      {"models/#", FIELD_MODELS + LIST_ITEM},
      {"models/#/id", FIELD_MODELS + LIST_ID},
      {"models/#/name", FIELD_MODELS + LIST_NAME},
      {"models/#/model", FIELD_MODELS + LIST_NAME},
      {"#", FIELD_TOP + LIST_ITEM},
      {"#/id", FIELD_TOP + LIST_ID}};
  json_select_all(json, selectors, sizeof selectors / sizeof *selectors);
}

/* Gemini prefixes each name with `models/`. */
static struct json_value without_prefix(struct json_value value) {
  static const char prefix[] = "models/";
  if (json_value_begins_with(&value, prefix)) {
    value.text += sizeof prefix - 1;
    value.length -= sizeof prefix - 1;
  }
  return value;
}

static void mark_required(struct answer *answer,
                          const struct json_value *value) {
  const struct probe_settings *probe = answer->probe;
  struct json_value short_name = without_prefix(*value);
  for (size_t i = 0; i < probe->required_count; i++)
    if (json_value_is(value, probe->required[i].id) ||
        json_value_is(&short_name, probe->required[i].id))
      state_of(answer)->required |= UINT64_C(1) << i;
}

/* Once for each model, by its first name. */
static void notify_listener(const struct answer *answer,
                            const struct model_list *list,
                            const struct json_value *value) {
  const struct probe_settings *probe = answer->probe;
  struct json_value short_name = without_prefix(*value);
  if (probe->listed != NULL && list->unnamed)
    probe->listed(probe->listener, short_name.text, short_name.length);
}

static void on_item(struct model_list *list, const struct json_value *value) {
  if (value->type != JSON_OBJECT || list->unnamed)
    list->malformed = true;
  list->found = true;
  list->unnamed = true;
  list->count++;
}

static void on_field(struct answer *answer, int id,
                     const struct json_value *value) {
  int field = id - FIELD_DATA;
  struct model_list *list = &state_of(answer)->lists[field / LIST_FIELDS];
  switch (field % LIST_FIELDS) {
  case LIST_SELF:
    list->found = value->type == JSON_ARRAY;
    break;
  case LIST_ITEM:
    on_item(list, value);
    break;
  default:
    if (value->type == JSON_STRING) {
      mark_required(answer, value);
      notify_listener(answer, list, value);
      list->unnamed = false;
    } else if (field % LIST_FIELDS == LIST_ID) {
      list->malformed = true;
    }
  }
}

/* Some relays send two lists, for two kinds of clients. */
static const struct model_list *first_list(const struct answer *answer) {
  for (unsigned i = 0; i < MODEL_LISTS; i++)
    if (const_state_of(answer)->lists[i].found)
      return &const_state_of(answer)->lists[i];
  return NULL;
}

static enum cause evaluate(const struct answer *answer,
                           struct probe_result *result) {
  const struct model_list *list = first_list(answer);
  if (list == NULL || list->malformed || list->unnamed)
    return CAUSE_MALFORMED;
  result->has_models = true;
  result->models = list->count;
  result->required = const_state_of(answer)->required;
  return CAUSE_OK;
}

const struct prober models_prober = {
    .select = select_fields,
    .on_field = on_field,
    .evaluate = evaluate,
};
