#include "billing_fixture.h"

#include "probe/probe_kind.h"
#include "unit.h"

struct probe_settings probe;
struct probe_result result;

void billing_reset(void) {
  probe_settings_free(&probe);
  probe = (struct probe_settings){.kind = &probe_kinds[KIND_BILLING]};
}

void billing_use_preset(const char *preset) {
  billing_reset();
  probe =
      (struct probe_settings){.kind = &probe_kinds[KIND_BILLING], .scale = 1};
  probe.preset = billing_preset_find(preset);
  ck_assert_msg(probe.preset != NULL, "%s", preset);
  ck_assert(billing_preset_apply(&probe));
}

enum cause billing_read(const char *body) {
  result = unit_probe_result(&probe, 200, body);
  ck_assert(result.cause == CAUSE_OK || !result.has_balance);
  return result.cause;
}
