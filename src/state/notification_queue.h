/* Notifications on their way from the probes to whoever tells people: a ring
 * between two threads. collectd's notification plugins hold their caller for
 * as long as a mail server likes, and no probe may wait for that. */
#ifndef HOLYSHEEP_NOTIFICATION_QUEUE_H
#define HOLYSHEEP_NOTIFICATION_QUEUE_H

#include "model/cause.h"
#include "model/settings.h"
#include "state/messages.h"

#include <stdbool.h>
#include <stddef.h>

enum { NOTIFICATION_QUEUE_MAX = 256 };

struct notification {
  enum severity severity;
  double time; /* Unix seconds */
  const struct probe_settings *probe;
  const struct relay_settings *relay;
  enum cause cause;
  char text[NOTIFICATION_MAX];
};

struct notification_queue;

/* NULL without memory. */
struct notification_queue *notification_queue_new(void);
void notification_queue_free(struct notification_queue *queue);

/* Copies the letter in. Where there is no room left, the oldest one is lost,
 * and false is returned. */
bool notification_queue_push(struct notification_queue *queue,
                             const struct notification *notification);

/* Takes the oldest one; false when there is none. */
bool notification_queue_pop(struct notification_queue *queue,
                            struct notification *notification);

#endif
