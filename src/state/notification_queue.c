#include "state/notification_queue.h"

#include <pthread.h>
#include <stdlib.h>

struct notification_queue {
  pthread_mutex_t lock;
  struct notification notifications[NOTIFICATION_QUEUE_MAX];
  size_t first, count;
};

struct notification_queue *notification_queue_new(void) {
  struct notification_queue *queue = calloc(1, sizeof *queue);
  if (queue != NULL && pthread_mutex_init(&queue->lock, NULL) != 0) {
    free(queue);
    return NULL;
  }
  return queue;
}

void notification_queue_free(struct notification_queue *queue) {
  if (queue == NULL)
    return;
  pthread_mutex_destroy(&queue->lock);
  free(queue);
}

static void drop_first(struct notification_queue *queue) {
  queue->first = (queue->first + 1) % NOTIFICATION_QUEUE_MAX;
  queue->count--;
}

bool notification_queue_push(struct notification_queue *queue,
                             const struct notification *notification) {
  pthread_mutex_lock(&queue->lock);
  bool room = queue->count < NOTIFICATION_QUEUE_MAX;
  if (!room)
    drop_first(queue);
  size_t last = (queue->first + queue->count++) % NOTIFICATION_QUEUE_MAX;
  queue->notifications[last] = *notification;
  pthread_mutex_unlock(&queue->lock);
  return room;
}

bool notification_queue_pop(struct notification_queue *queue,
                            struct notification *notification) {
  pthread_mutex_lock(&queue->lock);
  bool any = queue->count > 0;
  if (any) {
    *notification = queue->notifications[queue->first];
    drop_first(queue);
  }
  pthread_mutex_unlock(&queue->lock);
  return any;
}
