/* GET /models, the health probe: a list of models. */
#include "answer.h"
#include "limit.h"
#include "probe.h"

#include <string.h>

enum { WANT_DATA = API_ERROR_WANTS, WANT_ITEM, WANT_ID };

static void want(struct answer *answer, struct json_reader *json) {
  (void)answer;
  static const struct json_want wants[] = {
      {"data", WANT_DATA}, {"data/*", WANT_ITEM}, {"data/*/id", WANT_ID}};
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    json_want(json, &wants[i]);
}

static void note_required(struct answer *answer,
                          const struct json_value *value) {
  const struct probe_settings *probe = answer->probe;
  for (size_t i = 0; i < probe->required_count; i++)
    if (strlen(probe->required[i].id) == value->length &&
        memcmp(probe->required[i].id, value->text, value->length) == 0)
      answer->of.models.required |= UINT64_C(1) << i;
}

static void take(struct answer *answer, int id,
                 const struct json_value *value) {
  switch (id) {
  case WANT_DATA:
    answer->of.models.list = value->type == JSON_ARRAY;
    break;
  case WANT_ITEM:
    if (value->type != JSON_OBJECT || answer->of.models.unnamed)
      answer->of.models.other = true;
    answer->of.models.unnamed = true;
    answer->of.models.count++;
    break;
  default:
    if (value->type == JSON_STRING)
      note_required(answer, value);
    else
      answer->of.models.other = true;
    answer->of.models.unnamed = false;
  }
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  if (!answer->of.models.list || answer->of.models.other ||
      answer->of.models.unnamed)
    return CAUSE_MALFORMED;
  outcome->has_models = true;
  outcome->models = answer->of.models.count;
  outcome->required = answer->of.models.required;
  return CAUSE_OK;
}

const struct probe_kind models_probe = {
    .endpoint = "models",
    .block = "Models",
    .path = "/models",
    .timeout_ms = 10000,
    .rank = RANK_MODELS,
    .want = want,
    .take = take,
    .judge = judge,
};
