#include "presets.h"

#include "probe/probe_kind.h"
#include "unit.h"

struct probe_settings probe;
struct probe_result result;

void drop(void) {
  probe_settings_free(&probe);
  probe = (struct probe_settings){.kind = &probe_kinds[KIND_BILLING]};
}

void use(const char *preset) {
  drop();
  probe =
      (struct probe_settings){.kind = &probe_kinds[KIND_BILLING], .scale = 1};
  probe.preset = billing_preset_find(preset);
  ck_assert_msg(probe.preset != NULL, "%s", preset);
  ck_assert(billing_preset_apply(&probe));
}

enum cause ask(const char *body) {
  result = unit_outcome(&probe, 200, body);
  ck_assert(result.cause == CAUSE_OK || !result.has_balance);
  return result.cause;
}
