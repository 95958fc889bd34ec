/* The control API: sets faults, balance, delays and headers; shows the journal
 * and connection counts. */
#ifndef RELAY_CONTROL_H
#define RELAY_CONTROL_H

#include "relay.h"

/* 0, or -1 with errno set. */
int control_start(struct relay *relay, unsigned port);

#endif
