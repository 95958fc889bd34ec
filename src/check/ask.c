#include "check/ask.h"

#include "engine/runtime.h"

static void perform_all(struct probe_run *probe, struct transfer *transfer,
                        struct outcome *outcome) {
  probe_run_first(probe);
  do
    transfer_perform(transfer, probe->request, outcome);
  while (probe_run_next(probe, outcome));
}

void check_ask(struct relay_settings relay, struct probe_settings probe,
               struct transfer *transfer, struct outcome *outcome) {
  struct settings settings = {.relays = &relay, .relay_count = 1};
  struct bounds bounds;
  struct relay_run run;
  relay.probes = &probe;
  relay.probe_count = 1;
  bounds_of_latency(&bounds, &settings);
  if (relay_run_init(&run, &relay, &bounds, "", 0, 0))
    perform_all(&run.probes[0], transfer, outcome);
  else
    outcome_unsent(outcome, CAUSE_INTERNAL, "no memory");
  relay_run_free(&run);
}
