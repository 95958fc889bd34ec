/* Notifications in the order of their times. */
#ifndef HOLYSHEEP_SIM_NOTES_H
#define HOLYSHEEP_SIM_NOTES_H

#include "state/notification_queue.h"

#include <stddef.h>
#include <stdio.h>

struct note {
  double time; /* seconds of the story */
  const char *host;
  enum severity severity;
  char text[NOTIFICATION_MAX];
};

struct notes {
  struct note *list;
  size_t count, room;
};

/* `host` has to outlive the notes. */
void notes_add(struct notes *notes, double time, const char *host,
               const struct notification *notification);

/* A line of JSON each. */
void notes_print(struct notes *notes, FILE *to);
void notes_free(struct notes *notes);

#endif
