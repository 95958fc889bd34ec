/* One probe of a balance, by a preset, and what comes of its answers. */
#ifndef HOLYSHEEP_PRESETS_H
#define HOLYSHEEP_PRESETS_H

#include "probe/answer.h"
#include "probe/billing_preset.h"

extern struct probe_settings probe;
extern struct probe_result result; /* of the last answer */

/* The probe as the preset has it; one's own may be written into it instead. */
void use(const char *preset);
void drop(void);

/* What becomes of this answer. */
enum cause ask(const char *body);

#endif
