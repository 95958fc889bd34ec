/* holysheep-check: sends a relay the plugin's requests once, and reports
 * whether it works correctly or what it offers; or checks a configuration. */
#include "base/version.h"
#include "check/config_check.h"
#include "check/discover.h"
#include "check/options.h"
#include "check/print.h"
#include "check/print_json.h"
#include "check/round.h"
#include "check/scenarios.h"
#include "http/http_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_PASSED, EXIT_FAILED, EXIT_NOT_CHECKED };

static int fail(const char *why) {
  fprintf(stderr, "holysheep-check: %s\n", why);
  return EXIT_NOT_CHECKED;
}

/* https://no-color.org */
static bool use_colour(void) {
  const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
         (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* Each result is printed at once: the next one may take its whole timeout. */
static void run_scenarios(const struct options *options,
                          struct probe_result results[SCENARIO_COUNT]) {
  bool colour = use_colour();
  if (!options->json)
    print_begin(stdout, options);
  for (size_t i = 0; i < SCENARIO_COUNT; i++) {
    fflush(stdout);
    scenario_run(&scenarios[i], options, &results[i]);
    if (!options->json)
      print_scenario(stdout, colour, &scenarios[i], &results[i]);
  }
  if (options->json)
    print_json(stdout, options, results);
  else
    print_end(stdout, scenarios_failed(results));
}

static bool check_relay(const struct options *options) {
  struct probe_result results[SCENARIO_COUNT];
  run_scenarios(options, results);
  return scenarios_failed(results) == 0;
}

static int check_base_url(struct options *options) {
  if (!http_init())
    return fail("out of memory");
  bool passed = options->discover ? discover_relay(stdout, stderr, options)
                                  : check_relay(options);
  http_cleanup();
  return passed ? EXIT_PASSED : EXIT_FAILED;
}

static int run_round(struct settings *settings) {
  bool passed = true;
  bool ready = http_init() &&
               (settings->relay_count == 0 ||
                round_run(stdout, use_colour(), stderr, settings, &passed));
  http_cleanup();
  if (!ready)
    return fail("out of memory");
  return passed ? EXIT_PASSED : EXIT_FAILED;
}

/* Only a round needs the key here; otherwise the variable may be set for
 * collectd alone. */
static int check_configuration(const struct options *options) {
  struct settings settings = {0};
  struct error error;
  int status = EXIT_PASSED;
  if (config_check_read(options->config, !options->probe, stderr, &settings,
                        &error)) {
    print_config(stdout, options->config, &settings);
    fflush(stdout);
    if (options->probe)
      status = run_round(&settings);
  } else {
    status = fail(error.text);
  }
  settings_free(&settings);
  return status;
}

static int run(struct options *options) {
  int status = EXIT_PASSED;
  if (options->help)
    options_print_usage(stdout);
  else if (options->version)
    puts("holysheep-check " HOLYSHEEP_VERSION);
  else if (options->config != NULL)
    status = check_configuration(options);
  else
    status = check_base_url(options);
  return fflush(stdout) == 0 && !ferror(stdout)
             ? status
             : fail("standard output cannot be written");
}

int main(int argc, char **argv) {
  struct options options;
  struct error error;
  int status = options_parse(argc, argv, &options, &error) ? run(&options)
                                                           : fail(error.text);
  options_free(&options);
  return status;
}
