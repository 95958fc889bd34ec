#include "check/print_json.h"

#include "base/json.h"
#include "base/version.h"

#include <string.h>

#include <yajl/yajl_gen.h>

static void print(void *user, const char *text, size_t length) {
  fwrite(text, 1, length, user);
}

static void gen_text(yajl_gen gen, const char *text) {
  yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void gen_member(yajl_gen gen, const char *name, const char *text) {
  gen_text(gen, name);
  gen_text(gen, text);
}

/* NULL or empty: there is none. */
static void gen_optional(yajl_gen gen, const char *name, const char *text) {
  gen_text(gen, name);
  if (text == NULL || text[0] == '\0')
    yajl_gen_null(gen);
  else
    gen_text(gen, text);
}

static void gen_bool(yajl_gen gen, const char *name, bool value) {
  gen_text(gen, name);
  yajl_gen_bool(gen, value);
}

/* A number as a person would write it: yajl gives 20 digits. */
static void gen_number(yajl_gen gen, const char *name, bool known,
                       double number) {
  char text[32];
  gen_text(gen, name);
  if (!known) {
    yajl_gen_null(gen);
    return;
  }
  snprintf(text, sizeof text, "%.10g", number);
  yajl_gen_number(gen, text, strlen(text));
}

static void gen_phases(yajl_gen gen, const struct exchange *exchange) {
  gen_text(gen, "phases");
  yajl_gen_map_open(gen);
  for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
    gen_number(gen, phase_name(phase), exchange->phase[phase] >= 0,
               exchange->phase[phase]);
  yajl_gen_map_close(gen);
}

static void gen_exchange(yajl_gen gen, const struct exchange *exchange) {
  gen_number(gen, "http_status", exchange->http_status > 0,
             exchange->http_status);
  gen_number(gen, "duration_seconds", exchange->attempted, exchange->duration);
  gen_phases(gen, exchange);
  gen_optional(gen, "request_id", exchange->request_id);
  gen_optional(gen, "detail", exchange->detail);
}

static void gen_outcome(yajl_gen gen, const struct outcome *outcome) {
  gen_member(gen, "cause", causes[outcome->cause].name);
  gen_member(gen, "fault", fault_name(outcome->fault));
  gen_exchange(gen, &outcome->exchange);
  gen_number(gen, "prompt_tokens", outcome->has_usage,
             (double)outcome->prompt_tokens);
  gen_number(gen, "completion_tokens", outcome->has_usage,
             (double)outcome->completion_tokens);
  gen_bool(gen, "other_model", outcome->other_model);
  gen_number(gen, "models", outcome->has_models, (double)outcome->models);
  gen_bool(gen, "unlimited", outcome->unlimited);
  gen_number(gen, "balance_usd", outcome->has_balance, outcome->balance);
  gen_optional(gen, "error_code", outcome->error_code);
  gen_optional(gen, "error_message", outcome->error_message);
}

static void gen_scenario(yajl_gen gen, const struct scenario *scenario,
                         const struct outcome *outcome) {
  bool passed = scenario_passed(scenario, outcome);
  yajl_gen_map_open(gen);
  gen_member(gen, "scenario", scenario->name);
  gen_member(gen, "endpoint", scenario->kind->endpoint);
  gen_member(gen, "expected", scenario->expected);
  gen_bool(gen, "passed", passed);
  gen_outcome(gen, outcome);
  gen_optional(gen, "meaning",
               passed ? NULL : scenario_meaning(scenario, outcome));
  gen_optional(gen, "advice",
               passed ? NULL : scenario_advice(scenario, outcome));
  yajl_gen_map_close(gen);
}

static void gen_options(yajl_gen gen, const struct check_options *options) {
  const struct probe_settings *chat = check_options_probe(options, &chat_probe);
  gen_member(gen, "version", HOLYSHEEP_VERSION);
  gen_member(gen, "base_url", options->relay.base_url);
  gen_member(gen, "model", chat->model);
  gen_member(gen, "billing", options->billing);
  gen_number(gen, "timeout_seconds", true, chat->timeout_ms / 1000.0);
  gen_text(gen, "hints");
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < options->hint_count; i++)
    gen_text(gen, options->hints[i]);
  yajl_gen_array_close(gen);
}

static void gen_scenarios(yajl_gen gen,
                          const struct outcome outcomes[SCENARIO_COUNT]) {
  gen_text(gen, "scenarios");
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < SCENARIO_COUNT; i++)
    gen_scenario(gen, &scenarios[i], &outcomes[i]);
  yajl_gen_array_close(gen);
}

void check_json_print(FILE *out, const struct check_options *options,
                      const struct outcome outcomes[SCENARIO_COUNT]) {
  struct json_memory memory = {0};
  yajl_alloc_funcs functions = json_memory_functions(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  yajl_gen_config(gen, yajl_gen_print_callback, print, out);
  yajl_gen_config(gen, yajl_gen_beautify, 1);
  yajl_gen_map_open(gen);
  gen_options(gen, options);
  gen_bool(gen, "passed", scenarios_failed(outcomes) == 0);
  gen_scenarios(gen, outcomes);
  yajl_gen_map_close(gen);
  yajl_gen_free(gen);
}
