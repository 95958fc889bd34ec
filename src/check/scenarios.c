#include "check/scenarios.h"

#include "base/text.h"
#include "check/ask.h"

#include <string.h>

#define BIT(cause) (UINT64_C(1) << (cause))

_Static_assert(CAUSE_COUNT <= 64, "scenario.causes needs a bit for each cause");

/* Text that looks like the key that was sent is redacted, so the wrong key must
 * not resemble anything that a relay might say. */
const struct scenario scenarios[SCENARIO_COUNT] = {
    {.name = "normal request",
     .expected = "an answer",
     .causes = BIT(CAUSE_OK),
     .meaning = "the answer names a different model than the one requested",
     .advice = "The relay substitutes another model: compare it with the one "
               "you pay for."},
    {.name = "wrong key",
     .expected = "a rejection",
     .key = "sk-wrOng-7Qx2mV9k4Tz8",
     .causes = BIT(CAUSE_KEY_REJECTED) | BIT(CAUSE_KEY_EXPIRED) |
               BIT(CAUSE_FORBIDDEN),
     .meaning = "the relay accepted a key that does not exist",
     .advice = "Do not send it prompts: it does not check keys, or another "
               "service is answering at this address."},
    {.name = "unknown model",
     .expected = "a rejection",
     .model = "holysheep-check-no-such-model",
     .causes = BIT(CAUSE_MODEL_NOT_FOUND) | BIT(CAUSE_CLIENT_ERROR) |
               BIT(CAUSE_FORBIDDEN),
     .meaning = "the relay answered a request for a model that does not exist",
     .advice = "It may substitute other models as well: compare its answers "
               "with those of the model you pay for."},
    {.name = "list of models",
     .expected = "a list",
     .kind = &probe_kinds[KIND_MODELS],
     .causes = BIT(CAUSE_OK)},
    {.name = "balance",
     .expected = "a number",
     .kind = &probe_kinds[KIND_BILLING],
     .causes = BIT(CAUSE_OK)},
};

/* --- running ------------------------------------------------------------- */

const struct probe_kind *scenario_kind(const struct scenario *scenario,
                                       const struct options *options) {
  return scenario->kind != NULL ? scenario->kind : options->api;
}

/* The settings are copies of the options', changed by the scenario. */
static void run(const struct scenario *scenario, const struct options *options,
                struct probe_result *result) {
  struct probe_settings probe =
      *options_probe(options, scenario_kind(scenario, options));
  const char *key = scenario->key != NULL ? scenario->key : options->key.value;
  char model[sizeof "holysheep-check-no-such-model"];
  if (scenario->model != NULL)
    probe.model = strcpy(model, scenario->model);
  ask_relay(options->relay, probe, key, result);
}

static void redact(char *text, const char *key) {
  char redacted[160];
  struct secrets secrets = {&key, 1};
  text_sanitize(redacted, strlen(text) + 1, text, strlen(text), &secrets);
  strcpy(text, redacted);
}

/* A relay may echo the key of an earlier request. */
static void redact_key(struct probe_result *result, const char *key) {
  redact(result->error_code, key);
  redact(result->error_message, key);
  redact(result->http.request_id, key);
  redact(result->http.detail, key);
}

void scenario_run(const struct scenario *scenario,
                  const struct options *options, struct probe_result *result) {
  run(scenario, options, result);
  redact_key(result, options->key.value);
}

/* --- evaluating ---------------------------------------------------------- */

bool scenario_passed(const struct scenario *scenario,
                     const struct probe_result *result) {
  return (scenario->causes & BIT(result->cause)) != 0 &&
         !result->model_mismatch;
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
