/* A billing probe with a preset, and its results. */
#ifndef HOLYSHEEP_UNIT_BILLING_FIXTURE_H
#define HOLYSHEEP_UNIT_BILLING_FIXTURE_H

#include "probe/answer.h"
#include "probe/billing_preset.h"

extern struct probe_settings probe;
extern struct probe_result result; /* of the last response */

/* Sets up the probe with a preset; tests may change its members. */
void billing_use_preset(const char *preset);
void billing_reset(void);

/* Evaluates a response. */
enum cause billing_read(const char *body);

#endif
