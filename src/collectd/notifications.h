/* Passes notifications to collectd's notification plugins. */
#ifndef HOLYSHEEP_NOTIFICATIONS_H
#define HOLYSHEEP_NOTIFICATIONS_H

#include "state/notification_queue.h"

/* Returns when the plugins are done, which may take minutes. */
void notifications_dispatch(const struct notification *notification);

#endif
