/* GET /models, the health probe: a list of models. */
#include "answer.h"
#include "probe.h"

enum { WANT_DATA = API_ERROR_WANTS, WANT_ITEM, WANT_ID };

static char *request(const struct probe_settings *probe, bool *ok) {
  (void)probe;
  *ok = true;
  return NULL;
}

static void want(struct answer *answer) {
  static const struct json_want wants[] = {
      {"data", WANT_DATA}, {"data/*", WANT_ITEM}, {"data/*/id", WANT_ID}};
  for (size_t i = 0; i < sizeof wants / sizeof *wants; i++)
    json_want(&answer->json, &wants[i]);
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
    break;
  default:
    if (value->type != JSON_STRING)
      answer->of.models.other = true;
    answer->of.models.unnamed = false;
  }
}

static enum cause judge(const struct answer *answer, struct outcome *outcome) {
  (void)outcome;
  bool models = answer->of.models.list && !answer->of.models.other &&
                !answer->of.models.unnamed;
  return models ? CAUSE_OK : CAUSE_MALFORMED;
}

const struct probe_kind models_probe = {
    .endpoint = "models",
    .block = "Models",
    .path = "/models",
    .timeout_ms = 10000,
    .request = request,
    .want = want,
    .take = take,
    .judge = judge,
};
