/* Tells collectd's notification plugins of changed verdicts. */
#ifndef HOLYSHEEP_NOTIFY_H
#define HOLYSHEEP_NOTIFY_H

#include "state/notification_queue.h"

/* Hands one letter on: for as long as those plugins take. */
void notify(const struct letter *letter);

#endif
