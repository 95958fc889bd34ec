#include "check/round.h"

#include "check/print.h"
#include "engine/engine.h"
#include "http/http_transport.h"
#include "http/system_clock.h"
#include "state/system_files.h"

/* Leaves file descriptors for the host's other processes. */
enum { IN_FLIGHT_MAX = 64 };

struct round {
  FILE *out;
  bool colour;
  size_t probed, failed, suppressed;
};

static FILE *warnings;

static void warn(const char *line) {
  fprintf(warnings, "holysheep-check: warning: %s\n", line);
}

static void on_result(void *user, const struct relay_state *relay, size_t probe,
                      const struct probe_result *result,
                      const struct state_change *change) {
  struct round *round = user;
  (void)change;
  round->probed++;
  if (result->cause != CAUSE_OK)
    round->failed++;
  print_probe(round->out, round->colour, relay, probe, result);
  fflush(round->out); /* the next one may hang until its timeout */
}

static void on_suppressed(void *user, const struct relay_state *relay,
                          size_t probe, enum suppress_reason reason) {
  struct round *round = user;
  round->suppressed++;
  print_suppressed(round->out, relay, probe, reason);
}

/* One result each is no incident. */
static void on_incident(void *user, const struct relay_state *relay,
                        enum incident_event event) {
  (void)user, (void)relay, (void)event;
}

static void on_network(void *user, const struct network_watch *network) {
  (void)user, (void)network;
}

/* A relay's state is not published. */
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

bool round_run(FILE *out, bool colour, FILE *report, struct settings *settings,
               bool *passed) {
  struct round round = {.out = out, .colour = colour};
  const struct engine_listener listener = {.user = &round,
                                           .completed = on_result,
                                           .suppressed = on_suppressed,
                                           .incident = on_incident,
                                           .network = on_network,
                                           .publish = on_state,
                                           .arrived = on_arrived,
                                           .warn = warn};
  warnings = report;
  if (settings->max_connections == 0 ||
      settings->max_connections > IN_FLIGHT_MAX)
    settings->max_connections = IN_FLIGHT_MAX;
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
  print_round_end(out, round.probed, round.failed, round.suppressed);
  *passed = round.failed == 0;
  return true;
}
