#include "state/notification_queue.h"

#include <pthread.h>
#include <stdlib.h>

struct mailbox {
  pthread_mutex_t lock;
  struct letter letters[MAILBOX_ROOM];
  size_t first, count;
};

struct mailbox *mailbox_new(void) {
  struct mailbox *mailbox = calloc(1, sizeof *mailbox);
  if (mailbox != NULL && pthread_mutex_init(&mailbox->lock, NULL) != 0) {
    free(mailbox);
    return NULL;
  }
  return mailbox;
}

void mailbox_free(struct mailbox *mailbox) {
  if (mailbox == NULL)
    return;
  pthread_mutex_destroy(&mailbox->lock);
  free(mailbox);
}

static void drop_first(struct mailbox *mailbox) {
  mailbox->first = (mailbox->first + 1) % MAILBOX_ROOM;
  mailbox->count--;
}

bool mailbox_put(struct mailbox *mailbox, const struct letter *letter) {
  pthread_mutex_lock(&mailbox->lock);
  bool room = mailbox->count < MAILBOX_ROOM;
  if (!room)
    drop_first(mailbox);
  size_t last = (mailbox->first + mailbox->count++) % MAILBOX_ROOM;
  mailbox->letters[last] = *letter;
  pthread_mutex_unlock(&mailbox->lock);
  return room;
}

bool mailbox_take(struct mailbox *mailbox, struct letter *letter) {
  pthread_mutex_lock(&mailbox->lock);
  bool any = mailbox->count > 0;
  if (any) {
    *letter = mailbox->letters[mailbox->first];
    drop_first(mailbox);
  }
  pthread_mutex_unlock(&mailbox->lock);
  return any;
}
