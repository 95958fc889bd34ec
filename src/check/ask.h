/* Runs a single probe, for the command line. */
#ifndef HOLYSHEEP_ASK_H
#define HOLYSHEEP_ASK_H

#include "model/probe_result.h"
#include "model/settings.h"

/* Runs a probe with this key and waits for its result. */
void ask_relay(struct relay_settings relay, struct probe_settings probe,
               const char *key, struct probe_result *result);

#endif
