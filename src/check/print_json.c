#include "check/print_json.h"

#include "base/json_memory.h"
#include "base/version.h"
#include "probe/vendor_trace.h"

#include <string.h>

#include <yajl/yajl_gen.h>

static void write_out(void *user, const char *text, size_t length) {
  fwrite(text, 1, length, user);
}

static void gen_string(yajl_gen gen, const char *text) {
  yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

static void gen_member(yajl_gen gen, const char *name, const char *text) {
  gen_string(gen, name);
  gen_string(gen, text);
}

/* NULL or empty text becomes null. */
static void gen_optional(yajl_gen gen, const char *name, const char *text) {
  gen_string(gen, name);
  if (text == NULL || text[0] == '\0')
    yajl_gen_null(gen);
  else
    gen_string(gen, text);
}

static void gen_bool(yajl_gen gen, const char *name, bool value) {
  gen_string(gen, name);
  yajl_gen_bool(gen, value);
}

/* yajl_gen_double() would print 20 digits. */
static void gen_number(yajl_gen gen, const char *name, bool known,
                       double number) {
  char text[32];
  gen_string(gen, name);
  if (!known) {
    yajl_gen_null(gen);
    return;
  }
  snprintf(text, sizeof text, "%.10g", number);
  yajl_gen_number(gen, text, strlen(text));
}

static void gen_phases(yajl_gen gen, const struct http_result *http) {
  gen_string(gen, "phases");
  yajl_gen_map_open(gen);
  for (enum phase phase = 0; phase < PHASE_COUNT; phase++)
    gen_number(gen, phase_name(phase), http->phase[phase] >= 0,
               http->phase[phase]);
  yajl_gen_map_close(gen);
}

static void gen_http_result(yajl_gen gen, const struct http_result *http) {
  gen_number(gen, "http_status", http->http_status > 0, http->http_status);
  gen_number(gen, "duration_seconds", http->attempted, http->duration);
  gen_phases(gen, http);
  gen_optional(gen, "request_id", http->request_id);
  gen_optional(gen, "detail", http->detail);
}

static void gen_vendors(yajl_gen gen, unsigned vendors) {
  gen_string(gen, "vendor_traces");
  yajl_gen_array_open(gen);
  for (enum vendor v = 0; v < VENDORS; v++)
    if ((vendors & VENDOR_BIT(v)) != 0)
      gen_string(gen, vendor_name(v));
  yajl_gen_array_close(gen);
}

static void gen_probe_result(yajl_gen gen, const struct probe_result *result) {
  gen_member(gen, "cause", causes[result->cause].name);
  gen_member(gen, "fault", fault_name(result->fault));
  gen_http_result(gen, &result->http);
  gen_number(gen, "prompt_tokens", result->has_usage,
             (double)result->prompt_tokens);
  gen_number(gen, "completion_tokens", result->has_usage,
             (double)result->completion_tokens);
  gen_bool(gen, "other_model", result->model_mismatch);
  gen_vendors(gen, result->vendors);
  gen_number(gen, "models", result->has_models, (double)result->models);
  gen_bool(gen, "unlimited", result->unlimited);
  gen_number(gen, "balance_usd", result->has_balance, result->balance);
  gen_optional(gen, "error_code", result->error_code);
  gen_optional(gen, "error_message", result->error_message);
}

static void gen_scenario(yajl_gen gen, const struct options *options,
                         const struct scenario *scenario,
                         const struct probe_result *result) {
  bool passed = scenario_passed(scenario, result);
  yajl_gen_map_open(gen);
  gen_member(gen, "scenario", scenario->name);
  gen_member(gen, "endpoint", scenario_kind(scenario, options)->endpoint);
  gen_member(gen, "expected", scenario->expected);
  gen_bool(gen, "passed", passed);
  gen_probe_result(gen, result);
  gen_optional(gen, "meaning",
               passed ? NULL : scenario_meaning(scenario, result));
  gen_optional(gen, "advice",
               passed ? NULL : scenario_advice(scenario, result));
  yajl_gen_map_close(gen);
}

static void gen_options(yajl_gen gen, const struct options *options) {
  const struct probe_settings *probe = options_probe(options, options->api);
  gen_member(gen, "version", HOLYSHEEP_VERSION);
  gen_member(gen, "base_url", options->relay.base_url);
  gen_member(gen, "model", probe->model);
  gen_member(gen, "billing", options->billing);
  gen_number(gen, "timeout_seconds", true, seconds_of(probe->timeout));
  gen_string(gen, "hints");
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < options->hint_count; i++)
    gen_string(gen, options->hints[i]);
  yajl_gen_array_close(gen);
}

static void gen_scenarios(yajl_gen gen, const struct options *options,
                          const struct probe_result results[SCENARIO_COUNT]) {
  gen_string(gen, "scenarios");
  yajl_gen_array_open(gen);
  for (size_t i = 0; i < SCENARIO_COUNT; i++)
    gen_scenario(gen, options, &scenarios[i], &results[i]);
  yajl_gen_array_close(gen);
}

void print_json(FILE *out, const struct options *options,
                const struct probe_result results[SCENARIO_COUNT]) {
  struct json_memory memory;
  yajl_alloc_funcs functions = json_memory_init(&memory);
  yajl_gen gen = yajl_gen_alloc(&functions);
  yajl_gen_config(gen, yajl_gen_print_callback, write_out, out);
  yajl_gen_config(gen, yajl_gen_beautify, 1);
  yajl_gen_map_open(gen);
  gen_options(gen, options);
  gen_bool(gen, "passed", scenarios_failed(results) == 0);
  gen_scenarios(gen, options, results);
  yajl_gen_map_close(gen);
  yajl_gen_free(gen);
}
