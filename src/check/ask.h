/* Asks a relay one thing, from the command line. */
#ifndef HOLYSHEEP_ASK_H
#define HOLYSHEEP_ASK_H

#include "model/probe_result.h"
#include "model/settings.h"

/* Makes a probe with this key, and waits for what comes of it. */
void check_ask(struct relay_settings relay, struct probe_settings probe,
               const char *key, struct probe_result *result);

#endif
