#include "check/round.h"

#include "check/print.h"
#include "engine/engine.h"
#include "http/http_transport.h"
#include "http/system_clock.h"
#include "state/system_files.h"

/* Of a round: the host's own processes need files too. */
enum { AT_ONCE = 64 };

struct round {
  FILE *out;
  bool colour;
  size_t asked, failed, held;
};

static FILE *warnings;

static void warn(const char *line) {
  fprintf(warnings, "holysheep-check: warning: %s\n", line);
}

static void on_ended(void *user, const struct relay_state *relay, size_t probe,
                     const struct probe_result *result,
                     const struct change *change) {
  struct round *round = user;
  (void)change;
  round->asked++;
  if (result->cause != CAUSE_OK)
    round->failed++;
  check_print_probe(round->out, round->colour, relay, probe, result);
  fflush(round->out); /* another may hang until its timeout */
}

static void on_held(void *user, const struct relay_state *relay, size_t probe,
                    enum suppress_reason reason) {
  struct round *round = user;
  round->held++;
  check_print_held(round->out, relay, probe, reason);
}

/* The states go nowhere. */
static size_t on_state(void *user, const struct relay_state *relay) {
  (void)user;
  (void)relay;
  return 0;
}

static bool on_arrived(void *user, const struct relay_state *relay) {
  (void)user;
  (void)relay;
  return true;
}

bool check_round(FILE *out, bool colour, FILE *report,
                 struct settings *settings, bool *good) {
  struct round round = {.out = out, .colour = colour};
  const struct engine_listener listener = {.user = &round,
                                           .ended = on_ended,
                                           .held = on_held,
                                           .state = on_state,
                                           .arrived = on_arrived,
                                           .warn = warn};
  warnings = report;
  if (settings->max_connections == 0 || settings->max_connections > AT_ONCE)
    settings->max_connections = AT_ONCE;
  struct transport *transport = http_transport_new(settings);
  const struct engine_parts parts = {.settings = settings,
                                     .host = "",
                                     .clock = &system_clock,
                                     .transport = transport,
                                     .files = &system_files,
                                     .listener = &listener};
  struct engine *engine = transport != NULL ? engine_new(&parts) : NULL;
  if (engine != NULL)
    engine_round(engine);
  engine_free(engine);
  http_transport_free(transport);
  if (engine == NULL)
    return false;
  check_print_round_end(out, round.asked, round.failed, round.held);
  *good = round.failed == 0;
  return true;
}
