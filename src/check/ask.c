#include "check/ask.h"

#include "engine/runtime.h"
#include "http/http_transport.h"
#include "http/system_clock.h"
#include "probe/answer.h"

static const char no_memory[] = "out of memory";

/* False if out of memory, or if waiting is impossible. */
static bool perform(const struct transport *transport,
                    const struct request *request,
                    struct probe_result *result) {
  struct completion completion = {.owner = NULL};
  void *user = transport->user;
  bool ok = transport->start(user, request, &completion);
  while (ok) {
    transport->drive(user);
    if (transport->next(user, &completion))
      break;
    usec until = system_now() + USEC_PER_SEC;
    ok = transport->wait(user, transport->deadline(user, until));
  }
  *result = completion.result;
  return ok;
}

static void perform_all(const struct transport *transport,
                        struct probe_runtime *probe,
                        struct probe_result *result) {
  struct probe_result other;
  probe_runtime_first(probe, system_wall());
  do
    if (!perform(transport, &probe->request, result))
      probe_result_unsent(result, CAUSE_INTERNAL, no_memory);
  while (probe_runtime_next(probe, result, &other));
  transport->cancel(transport->user);
}

void ask_relay(struct relay_settings relay, struct probe_settings probe,
               const char *key, struct probe_result *result) {
  struct settings settings = {
      .relays = &relay, .relay_count = 1, .max_connections = 1};
  struct histogram_bounds bounds;
  struct relay_runtime run;
  relay.probes = &probe;
  relay.probe_count = 1;
  histogram_latency_bounds(&bounds, &settings);
  struct transport *transport = http_transport_new(&settings);
  if (relay_runtime_init(&run, &relay, &bounds, "", 0, 0) &&
      transport != NULL) {
    run.probes[0].request.key = key;
    perform_all(transport, &run.probes[0], result);
  } else {
    probe_result_unsent(result, CAUSE_INTERNAL, no_memory);
  }
  http_transport_free(transport);
  relay_runtime_free(&run);
}
