/* The control port: faults, balance and delay, the journal, the counts. */
#ifndef RELAY_CONTROL_H
#define RELAY_CONTROL_H

#include "relay.h"

/* 0, or -1 with errno set. */
int control_open(struct relay *relay, unsigned port);

#endif
