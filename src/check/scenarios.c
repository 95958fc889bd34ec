#include "check/scenarios.h"

#include "base/text.h"
#include "check/ask.h"

#include <string.h>

#define BIT(cause) (UINT64_C(1) << (cause))

_Static_assert(CAUSE_COUNT <= 64, "scenario.causes has a bit for each");

/* Nothing of either stands in a relay's own words by chance: what looks like
 * the key that was sent is not shown. */
const struct scenario scenarios[SCENARIO_COUNT] = {
    {.name = "normal request",
     .expected = "a completion",
     .kind = &probe_kinds[KIND_CHAT],
     .causes = BIT(CAUSE_OK),
     .meaning = "the answer names another model than the one asked for",
     .advice = "Compare with what you pay for: the relay puts another model "
               "in its place."},
    {.name = "wrong key",
     .expected = "a refusal",
     .kind = &probe_kinds[KIND_CHAT],
     .key = "sk-wrOng-7Qx2mV9k4Tz8",
     .causes = BIT(CAUSE_KEY_REJECTED) | BIT(CAUSE_KEY_EXPIRED) |
               BIT(CAUSE_FORBIDDEN),
     .meaning = "the relay accepts a key that nobody was given",
     .advice = "Do not trust it with prompts: it does not check keys, or "
               "something else answers at this address."},
    {.name = "unknown model",
     .expected = "a refusal",
     .kind = &probe_kinds[KIND_CHAT],
     .model = "holysheep-check-no-such-model",
     .causes = BIT(CAUSE_MODEL_NOT_FOUND) | BIT(CAUSE_CLIENT_ERROR) |
               BIT(CAUSE_FORBIDDEN),
     .meaning = "the relay answers for a model that does not exist with "
                "another one",
     .advice = "Compare its answers with those of the model you pay for: it "
               "may put another one in its place there too."},
    {.name = "list of models",
     .expected = "a list",
     .kind = &probe_kinds[KIND_MODELS],
     .causes = BIT(CAUSE_OK)},
    {.name = "balance",
     .expected = "a number",
     .kind = &probe_kinds[KIND_BILLING],
     .causes = BIT(CAUSE_OK)},
};

/* --- asking -------------------------------------------------------------- */

/* The settings belong to the options, but for what the scenario says. */
static void ask(const struct scenario *scenario,
                const struct check_options *options,
                struct probe_result *result) {
  struct probe_settings probe = *check_options_probe(options, scenario->kind);
  const char *key = scenario->key != NULL ? scenario->key : options->key.value;
  char model[sizeof "holysheep-check-no-such-model"];
  if (scenario->model != NULL)
    probe.model = strcpy(model, scenario->model);
  check_ask(options->relay, probe, key, result);
}

static void hide(char *text, const char *key) {
  char shown[160];
  struct secrets secrets = {&key, 1};
  text_sanitize(shown, strlen(text) + 1, text, strlen(text), &secrets);
  strcpy(text, shown);
}

/* A relay may have kept the key that an earlier request had. */
static void hide_key(struct probe_result *result, const char *key) {
  hide(result->error_code, key);
  hide(result->error_message, key);
  hide(result->http.request_id, key);
  hide(result->http.detail, key);
}

void scenario_run(const struct scenario *scenario,
                  const struct check_options *options,
                  struct probe_result *result) {
  ask(scenario, options, result);
  hide_key(result, options->key.value);
}

/* --- judging ------------------------------------------------------------- */

bool scenario_passed(const struct scenario *scenario,
                     const struct probe_result *result) {
  return (scenario->causes & BIT(result->cause)) != 0 && !result->other_model;
}

unsigned scenarios_failed(const struct probe_result results[SCENARIO_COUNT]) {
  unsigned failed = 0;
  for (size_t i = 0; i < SCENARIO_COUNT; i++)
    if (!scenario_passed(&scenarios[i], &results[i]))
      failed++;
  return failed;
}

const char *scenario_meaning(const struct scenario *scenario,
                             const struct probe_result *result) {
  return result->cause == CAUSE_OK ? scenario->meaning
                                   : causes[result->cause].meaning;
}

const char *scenario_advice(const struct scenario *scenario,
                            const struct probe_result *result) {
  if (result->cause == CAUSE_OK)
    return scenario->advice;
  return result->advice != NULL ? result->advice : causes[result->cause].advice;
}
