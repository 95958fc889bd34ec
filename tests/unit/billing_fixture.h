/* One probe of a balance, by a preset, and what comes of its answers. */
#ifndef HOLYSHEEP_UNIT_BILLING_FIXTURE_H
#define HOLYSHEEP_UNIT_BILLING_FIXTURE_H

#include "probe/answer.h"
#include "probe/billing_preset.h"

extern struct probe_settings probe;
extern struct probe_result result; /* of the last answer */

/* The probe as the preset has it; one's own may be written into it instead. */
void billing_use_preset(const char *preset);
void billing_reset(void);

/* What becomes of this answer. */
enum cause billing_read(const char *body);

#endif
