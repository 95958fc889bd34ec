/* Notifications on their way from the probes to whoever tells people: a ring
 * between two threads. collectd's notification plugins hold their caller for
 * as long as a mail server likes, and no probe may wait for that. */
#ifndef HOLYSHEEP_MAILBOX_H
#define HOLYSHEEP_MAILBOX_H

#include "model/cause.h"
#include "state/messages.h"
#include "model/settings.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAILBOX_ROOM = 256 };

struct letter {
  enum severity severity;
  double time; /* Unix seconds */
  const struct probe_settings *probe;
  const struct relay_settings *relay;
  enum cause cause;
  char text[NOTIFICATION_MAX];
};

struct mailbox;

/* NULL without memory. */
struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *mailbox);

/* Copies the letter in. Where there is no room left, the oldest one is lost,
 * and false is returned. */
bool mailbox_put(struct mailbox *mailbox, const struct letter *letter);

/* Takes the oldest one; false when there is none. */
bool mailbox_take(struct mailbox *mailbox, struct letter *letter);

#endif
