#include "presets.h"

#include "probe/prober.h"
#include "unit.h"

struct probe_settings probe;
struct outcome outcome;

void drop(void) {
  probe_settings_free(&probe);
  probe = (struct probe_settings){.kind = &billing_probe};
}

void use(const char *preset) {
  drop();
  probe = (struct probe_settings){.kind = &billing_probe, .scale = 1};
  probe.preset = billing_preset_find(preset);
  ck_assert_msg(probe.preset != NULL, "%s", preset);
  ck_assert(billing_preset_apply(&probe));
}

enum cause ask(const char *body) {
  outcome = unit_outcome(&probe, 200, body);
  ck_assert(outcome.cause == CAUSE_OK || !outcome.has_balance);
  return outcome.cause;
}
