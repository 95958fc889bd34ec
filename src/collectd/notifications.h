/* Changed verdicts, for collectd's notification plugins. */
#ifndef HOLYSHEEP_NOTIFICATIONS_H
#define HOLYSHEEP_NOTIFICATIONS_H

#include "state/notification_queue.h"

/* Returns when those plugins do, which may take minutes. */
void dispatch_notification(const struct notification *notification);

#endif
