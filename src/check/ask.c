#include "check/ask.h"

#include "engine/runtime.h"

static void perform_all(struct probe_runtime *probe, struct transfer *transfer,
                        struct probe_result *result) {
  probe_runtime_first(probe);
  do
    transfer_perform(transfer, probe->request, result);
  while (probe_runtime_next(probe, result));
}

void check_ask(struct relay_settings relay, struct probe_settings probe,
               struct transfer *transfer, struct probe_result *result) {
  struct settings settings = {.relays = &relay, .relay_count = 1};
  struct histogram_bounds bounds;
  struct relay_runtime run;
  relay.probes = &probe;
  relay.probe_count = 1;
  histogram_latency_bounds(&bounds, &settings);
  if (relay_runtime_init(&run, &relay, &bounds, "", 0, 0))
    perform_all(&run.probes[0], transfer, result);
  else
    probe_result_unsent(result, CAUSE_INTERNAL, "no memory");
  relay_runtime_free(&run);
}
