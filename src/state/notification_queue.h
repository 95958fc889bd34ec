/* A bounded queue of notifications between two threads. collectd's notification
 * plugins may block their caller for as long as a mail server takes, and no
 * probe may wait for that. */
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
  double time;                        /* Unix seconds */
  const struct relay_settings *relay; /* NULL: it is about this host */
  const struct probe_settings *probe;
  enum cause cause;
  enum problem problem; /* of an incident, else PROBLEM_NONE */
  char text[NOTIFICATION_MAX];
};

struct notification_queue;

/* NULL if out of memory. */
struct notification_queue *notification_queue_new(void);
void notification_queue_free(struct notification_queue *queue);

/* Copies the notification into the queue. If that is full, drops the oldest one
 * and returns false. */
bool notification_queue_push(struct notification_queue *queue,
                             const struct notification *notification);

/* Removes the oldest notification; false if the queue is empty. */
bool notification_queue_pop(struct notification_queue *queue,
                            struct notification *notification);

#endif
