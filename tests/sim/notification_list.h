/* Notifications in the order of their times. */
#ifndef HOLYSHEEP_SIM_NOTIFICATION_LIST_H
#define HOLYSHEEP_SIM_NOTIFICATION_LIST_H

#include "state/notification_queue.h"

#include <stddef.h>
#include <stdio.h>

struct listed_notification {
  double time; /* seconds of the story */
  const char *host;
  enum severity severity;
  char text[NOTIFICATION_MAX];
};

struct notification_list {
  struct listed_notification *list;
  size_t count, room;
};

/* `host` has to outlive the notes. */
void notification_list_add(struct notification_list *notes, double time,
                           const char *host,
                           const struct notification *notification);

/* A line of JSON each. */
void notification_list_print(struct notification_list *notes, FILE *to);
void notification_list_free(struct notification_list *notes);

#endif
