/* holysheep-check: asks a relay once, as the plugin's probes do, and says
 * whether it behaves, or what it has; or checks a configuration. */
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

enum { BEHAVES, MISBEHAVES, NOT_CHECKED };

static int give_up(const char *why) {
  fprintf(stderr, "holysheep-check: %s\n", why);
  return NOT_CHECKED;
}

/* https://no-color.org */
static bool wants_colour(void) {
  const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
  return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') &&
         (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* Each is told as soon as it is known: one that hangs takes its timeout. */
static void run(const struct check_options *options,
                struct probe_result results[SCENARIO_COUNT]) {
  bool colour = wants_colour();
  if (!options->json)
    check_print_begin(stdout, options);
  for (size_t i = 0; i < SCENARIO_COUNT; i++) {
    fflush(stdout);
    scenario_run(&scenarios[i], options, &results[i]);
    if (!options->json)
      check_print_scenario(stdout, colour, &scenarios[i], &results[i]);
  }
  if (options->json)
    check_json_print(stdout, options, results);
  else
    check_print_end(stdout, scenarios_failed(results));
}

static bool behaves(const struct check_options *options) {
  struct probe_result results[SCENARIO_COUNT];
  run(options, results);
  return scenarios_failed(results) == 0;
}

static int check(struct check_options *options) {
  if (!http_init())
    return give_up("no memory");
  bool good = options->discover ? check_discover(stdout, stderr, options)
                                : behaves(options);
  http_cleanup();
  return good ? BEHAVES : MISBEHAVES;
}

static int probe(struct settings *settings) {
  bool good = true;
  bool ready = http_init() &&
               (settings->relay_count == 0 ||
                check_round(stdout, wants_colour(), stderr, settings, &good));
  http_cleanup();
  if (!ready)
    return give_up("no memory");
  return good ? BEHAVES : MISBEHAVES;
}

/* A round needs the key; else it is collectd that has to have the variable. */
static int check_configuration(const struct check_options *options) {
  struct settings settings = {0};
  struct error error;
  int code = BEHAVES;
  if (check_config_read(options->config, !options->probe, stderr, &settings,
                        &error)) {
    check_print_config(stdout, options->config, &settings);
    fflush(stdout);
    if (options->probe)
      code = probe(&settings);
  } else {
    code = give_up(error.text);
  }
  settings_free(&settings);
  return code;
}

static int serve(struct check_options *options) {
  int code = BEHAVES;
  if (options->help)
    fputs(check_usage, stdout);
  else if (options->version)
    puts("holysheep-check " HOLYSHEEP_VERSION);
  else if (options->config != NULL)
    code = check_configuration(options);
  else
    code = check(options);
  return fflush(stdout) == 0 && !ferror(stdout)
             ? code
             : give_up("standard output cannot be written");
}

int main(int argc, char **argv) {
  struct check_options options;
  struct error error;
  int code = check_options_read(argc, argv, &options, &error)
                 ? serve(&options)
                 : give_up(error.text);
  check_options_free(&options);
  return code;
}
