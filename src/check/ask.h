/* Asks a relay one thing, from the command line. */
#ifndef HOLYSHEEP_CHECK_ASK_H
#define HOLYSHEEP_CHECK_ASK_H

#include "model/probe_result.h"
#include "model/settings.h"
#include "http/transfer.h"

/* Makes a probe, and waits for what comes of it. `transfer` is an idle one. */
void check_ask(struct relay_settings relay, struct probe_settings probe,
               struct transfer *transfer, struct outcome *outcome);

#endif
